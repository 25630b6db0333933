"""One module per format. They render a `gonogo.poll.Poll` and know nothing of how it came about."""
