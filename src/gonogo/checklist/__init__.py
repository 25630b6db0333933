"""From findings to answers: verdicts, attestations, suppressions and the identity of findings."""
