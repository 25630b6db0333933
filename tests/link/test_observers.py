"""Tracing integrations and metrics: what switches them on, and which calls they cover."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gonogo.frontends.builds import read_build
from gonogo.poll import CallRow
from gonogo.registry.observability import metrics, same_name, tracers

Call = Callable[..., CallRow]
ASK = """
def ask():
    return client.messages.create(model="claude-sonnet-4-5", max_tokens=9, messages=[]).content
"""
PLAIN = "from anthropic import Anthropic\nclient = Anthropic()\n" + ASK

COVERED = {
    "instrumentor": "from openinference.instrumentation.anthropic import AnthropicInstrumentor\n"
    "AnthropicInstrumentor().instrument(tracer_provider=None)\n" + PLAIN,
    "instrumentor kept in a variable": "from opentelemetry.instrumentation.anthropic import AnthropicInstrumentor\n"
    "it = AnthropicInstrumentor()\nit.instrument()\n" + PLAIN,
    "logfire": "import logfire\nlogfire.configure()\nlogfire.instrument_anthropic()\n" + PLAIN,
    "wrapped client": "from anthropic import Anthropic\nfrom langsmith.wrappers import wrap_anthropic\n"
    "client = wrap_anthropic(Anthropic())\n" + ASK,
    "proxy": "from anthropic import Anthropic\nclient = Anthropic(base_url='https://anthropic.helicone.ai')\n" + ASK,
    "sentry with tracing": "import sentry_sdk\nsentry_sdk.init(dsn='x', traces_sample_rate=0.2)\n" + PLAIN,
    "decorator": "from langfuse import observe\n" + PLAIN.replace("def ask", "@observe(as_type='generation')\ndef ask"),
    "datadog": "from ddtrace.llmobs import LLMObs\nLLMObs.enable(ml_app='a')\n" + PLAIN,
}
UNCOVERED = {
    "imported only": "import logfire\nfrom langfuse import observe\nlogfire.configure()\n" + PLAIN,
    "another SDK's": "import logfire\nlogfire.instrument_openai()\n" + PLAIN,
    "sentry for errors only": "import sentry_sdk\nsentry_sdk.init(dsn='x', traces_sample_rate=0)\n" + PLAIN,
    "another client wrapped": "from anthropic import Anthropic\nfrom langsmith.wrappers import wrap_anthropic\n"
    "other = wrap_anthropic(Anthropic())\nclient = Anthropic()\n" + ASK,
    "decorator elsewhere": "from langfuse import observe\n" + PLAIN + "\n@observe()\ndef other():\n    return 1\n",
}


@pytest.mark.parametrize("source", COVERED.values(), ids=COVERED)
def test_an_integration_that_is_switched_on_records_the_call(call: Call, source: str) -> None:
    assert call(source).usage_logged is True


@pytest.mark.parametrize("source", UNCOVERED.values(), ids=UNCOVERED)
def test_an_integration_that_does_not_reach_the_call_records_nothing(call: Call, source: str) -> None:
    assert call(source).usage_logged is False


TS_ASK = """
export async function ask(messages) {
  return client.messages.create({ model: "claude-haiku-4-5-20251001", max_tokens: 9, messages });
}
"""
TS_CLIENT = "import Anthropic from '@anthropic-ai/sdk';\nconst client = new Anthropic();\n"
TS_PLAIN = TS_CLIENT + TS_ASK
AI_SDK = (
    "import { generateText } from 'ai';\nimport { anthropic } from '@ai-sdk/anthropic';\n"
    "export async function ask(prompt) {\n"
    "  return generateText({ model: anthropic('claude-haiku-4-5'), prompt, %s });\n}\n"
)
TS_COVERED: dict[str, dict[str, str]] = {
    "instrumentation": {
        "a.ts": TS_PLAIN,
        "tracing.ts": "import { NodeSDK } from '@opentelemetry/sdk-node';\n"
        "import { AnthropicInstrumentation } from '@traceloop/instrumentation-anthropic';\n"
        "new NodeSDK({ instrumentations: [new AnthropicInstrumentation()] }).start();\n",
    },
    "wrapped client": {
        "a.ts": "import Anthropic from '@anthropic-ai/sdk';\n"
        "import { wrapAnthropic } from 'langsmith/wrappers/anthropic';\n"
        "const client = wrapAnthropic(new Anthropic());\n" + TS_ASK
    },
    "wrapped function": {
        "a.ts": "import { traceable } from 'langsmith/traceable';\n"
        + TS_CLIENT
        + "export const ask = traceable(async (messages) =>\n"
        "  client.messages.create({ model: 'claude-haiku-4-5', max_tokens: 9, messages }), { name: 'ask' });\n"
    },
    "agent with a setting": {
        "a.ts": TS_PLAIN,
        "tracer.ts": "import tracer from 'dd-trace';\ntracer.init({ llmobs: { mlApp: 'a' } });\n",
    },
    "telemetry asked for and received": {
        "a.ts": AI_SDK % "experimental_telemetry: { isEnabled: true }",
        "instrumentation.ts": "import { registerOTel } from '@vercel/otel';\n"
        "export function register() { registerOTel({ serviceName: 'a' }); }\n",
    },
    "proxy": {
        "a.ts": "import Anthropic from '@anthropic-ai/sdk';\n"
        "const client = new Anthropic({ baseURL: 'https://anthropic.helicone.ai' });\n" + TS_ASK
    },
}
TS_UNCOVERED: dict[str, dict[str, str]] = {
    "imported only": {"a.ts": "import { wrapAnthropic } from 'langsmith/wrappers/anthropic';\n" + TS_PLAIN},
    "another client wrapped": {
        "a.ts": "import { wrapAnthropic } from 'langsmith/wrappers/anthropic';\n"
        "import Anthropic from '@anthropic-ai/sdk';\n"
        "export const other = wrapAnthropic(new Anthropic());\nconst client = new Anthropic();\n" + TS_ASK
    },
    "a span of its own": {
        "a.ts": "import { trace } from '@opentelemetry/api';\nconst tracer = trace.getTracer('a');\n"
        + TS_PLAIN.replace("return client", "const span = tracer.startSpan('ask'); span.end(); return client")
    },
    "telemetry switched off": {
        "a.ts": AI_SDK % "experimental_telemetry: { isEnabled: false }",
        "instrumentation.ts": "import { registerOTel } from '@vercel/otel';\nregisterOTel('a');\n",
    },
    "written to the client": {
        "a.ts": TS_CLIENT + "export async function ask(req, res) {\n  const answer = await client.messages.create("
        "{ model: 'claude-haiku-4-5', max_tokens: 9, messages: req.body });\n"
        "  res.write(JSON.stringify(answer.usage));\n  Object.values(answer.usage);\n}\n"
    },
}


@pytest.mark.parametrize("sources", TS_COVERED.values(), ids=TS_COVERED)
def test_an_integration_of_javascript_that_is_switched_on_records_the_call(call: Call, sources: dict[str, str]) -> None:
    assert call({"package.json": "{}", **sources}).usage_logged is True


@pytest.mark.parametrize("sources", TS_UNCOVERED.values(), ids=TS_UNCOVERED)
def test_what_does_not_record_in_javascript(call: Call, sources: dict[str, str]) -> None:
    assert call({"package.json": "{}", **sources}).usage_logged is False


def test_telemetry_that_nobody_in_the_repository_receives_is_not_known(call: Call) -> None:
    asked = AI_SDK % "experimental_telemetry: { isEnabled: true }"
    assert call({"package.json": "{}", "a.ts": asked}).usage_logged is None


CHAIN = """
from langchain_anthropic import ChatAnthropic
model = ChatAnthropic(model="claude-sonnet-4-5")

def ask():
    return model.invoke("hello").content
"""


def test_a_switch_in_the_environment_counts_where_it_is_set(call: Call) -> None:
    compose = "services:\n  app:\n    environment:\n      - LANGSMITH_TRACING=true\n"
    assert call({"app.py": CHAIN, "compose.yml": compose}).usage_logged is True
    assert call({"app.py": CHAIN, "compose.yml": compose.replace("true", "false")}).usage_logged is False
    assert call({"app.py": CHAIN, ".env.example": "LANGSMITH_TRACING=true\n"}).usage_logged is None
    set_in_code = "import os\nos.environ['LANGCHAIN_TRACING_V2'] = 'true'\n"
    assert call(set_in_code + CHAIN).usage_logged is True


def test_what_only_some_releases_trace_is_not_known(call: Call) -> None:
    setup = "from opentelemetry import trace\nfrom opentelemetry.sdk.trace import TracerProvider\n"
    assert call(setup + "trace.set_tracer_provider(TracerProvider())\n" + PLAIN).usage_logged is None
    assert call(setup + PLAIN).usage_logged is False


def test_a_callback_handler_of_the_project_may_record(call: Call) -> None:
    handler = """
class Costs:
    def on_llm_end(self, response, **kwargs):
        print(response.llm_output)
"""
    handed = CHAIN.replace('invoke("hello")', 'invoke("hello", config={"callbacks": [Costs()]})')
    assert call(handler + handed).usage_logged is None
    assert call(handler.replace("on_llm_end", "on_start") + handed).usage_logged is False


def test_a_setup_file_nobody_imports_is_found(call: Call) -> None:
    setup = "import openlit\n\ndef start():\n    openlit.init()\n"
    assert call({"app.py": PLAIN, "telemetry.py": setup}).usage_logged is True
    assert call({"app.py": PLAIN, "tests/telemetry.py": setup}).usage_logged is False


def test_packages_re_export() -> None:
    assert same_name("langfuse.observe", "langfuse.decorators.observe")
    assert same_name("prometheus_client.metrics.Histogram().observe", "prometheus_client.Histogram().observe")
    assert not same_name("langfuse.get_client().observe", "langfuse.observe")
    assert not same_name("other.observe", "langfuse.observe")


def test_every_entry_of_the_data_names_a_way_to_switch_it_on() -> None:
    assert len({tracer.id for tracer in tracers()}) == len(tracers())
    for tracer in tracers():
        ways = (
            tracer.switch, tracer.wrappers, tracer.decorators, tracer.contexts, tracer.callbacks, tracer.settings,
            tracer.env, tracer.commands, tracer.clients, tracer.hosts, tracer.default, tracer.flags, tracer.opens,
        )  # fmt: skip
        assert any(ways), tracer.id
    for metric in metrics():
        assert bool(metric.objects) == bool(metric.methods), metric.id


def test_a_build_is_read_as_data() -> None:
    build = read_build(
        ".github/workflows/ci.yml",
        "on:\n  pull_request:\njobs:\n  a:\n    steps:\n      - uses: actions/checkout@v4\n      - run: pytest evals\n",
    )
    assert build is not None
    assert (build.commands, build.actions) == (("pytest evals",), ("actions/checkout@v4",))
    assert build.triggers == {"pull_request"}


@pytest.mark.parametrize(
    "text",
    ["a: [" * 3_000, "[" * 500, "a: &a [*a", "- just\n- a list\n", "\tx", "a: !!python/object/apply:os.system [x]"],
)
def test_a_build_that_is_none_is_no_fault(text: str) -> None:
    assert read_build("ci.yml", text) is None


def test_aliases_in_a_build_do_not_multiply() -> None:
    levels = ["a0: &a0 [run]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    assert read_build("ci.yml", "\n".join(levels)) is not None
