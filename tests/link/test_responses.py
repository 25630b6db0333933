"""What happens to the answer of a model call: is its usage recorded, is its reason to stop looked at?"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gonogo.poll import CallRow

Call = Callable[..., CallRow]

HEAD = """
import logging
from anthropic import Anthropic
client = Anthropic()
logger = logging.getLogger(__name__)
"""
MADE = 'client.messages.create(model="claude-sonnet-4-5", max_tokens=9, messages=[])'

RECORDED = {
    "straight to the log": f"""
def ask():
    answer = {MADE}
    logger.info("tokens %s %s", answer.usage.input_tokens, answer.usage.output_tokens)
    return answer
""",
    "through a helper": f"""
def note(model, usage):
    logger.info("%s used %s", model, usage)

def ask():
    answer = {MADE}
    note("m", usage=answer.usage)
""",
    "by the caller": f"""
def ask():
    return {MADE}

def run():
    answer = ask()
    print(answer.usage)
""",
    "out of a tuple": f"""
def ask():
    answer = {MADE}
    return answer.content[0].text, answer.usage.output_tokens

def run():
    text, tokens = ask()
    logger.info("tokens=%d", tokens)
""",
    "out of an object": f"""
from dataclasses import dataclass

@dataclass
class Reply:
    text: str
    tokens: int

def ask():
    answer = {MADE}
    return Reply(answer.content[0].text, answer.usage.output_tokens)

def run():
    reply = ask()
    logger.info("done", extra={{"tokens": reply.tokens}})
""",
    "summed up in an attribute": f"""
class Bot:
    def __init__(self):
        self.spent = 0

    def ask(self):
        answer = {MADE}
        self.spent += answer.usage.output_tokens
        return answer

    def close(self):
        logger.info("spent %d", self.spent)

def run():
    bot = Bot()
    bot.ask()
    bot.close()
""",
    "at the end of a stream": """
def ask():
    with client.messages.stream(model="claude-sonnet-4-5", max_tokens=9, messages=[]) as stream:
        for text in stream.text_stream:
            yield text
        final = stream.get_final_message()
    logger.info("tokens %s", final.usage)
""",
    "from the events of a stream": """
def ask():
    for event in client.messages.create(model="claude-sonnet-4-5", max_tokens=9, messages=[], stream=True):
        if event.type == "message_delta":
            logger.info("tokens %d", event.usage.output_tokens)
""",
    "by a decorator": f"""
def logged(function):
    def wrapper(*args):
        answer = function(*args)
        logger.info("tokens %s", answer.usage)
        return answer
    return wrapper

@logged
def ask():
    return {MADE}
""",
    "by the function a lambda is handed to": f"""
def tracked(function):
    answer = function()
    logger.info("tokens %s", answer.usage)
    return answer

def ask():
    return tracked(lambda: {MADE})
""",
    "as a price": f"""
def price(usage):
    return usage.input_tokens * 3e-6 + usage.output_tokens * 15e-6

def ask():
    answer = {MADE}
    logger.info("cost %f", price(answer.usage))
""",
    "in a table": f"""
def ask(session, Usage):
    answer = {MADE}
    session.add(Usage(tokens=answer.usage.output_tokens))
""",
    "by getattr": f"""
def ask():
    answer = {MADE}
    usage = getattr(answer, "usage", None)
    if usage:
        logger.info("tokens %s", usage)
""",
    "on a span": f"""
from opentelemetry import trace
tracer = trace.get_tracer(__name__)

def ask():
    with tracer.start_as_current_span("ask") as span:
        answer = {MADE}
        span.set_attribute("tokens", answer.usage.output_tokens)
""",
}

NOT_RECORDED = {
    "never read": f"""
def ask():
    return {MADE}.content[0].text
""",
    "returned to the client only": f"""
def ask():
    answer = {MADE}
    return {{"text": answer.content[0].text, "usage": {{"out": answer.usage.output_tokens}}}}
""",
    "the text is logged, not the tokens beside it": f"""
def ask():
    answer = {MADE}
    return answer.content[0].text, answer.usage.output_tokens

def run():
    text, tokens = ask()
    logger.info("answer %s", text)
""",
    "another answer of the same name": f"""
def ask():
    answer = {MADE}
    logger.info(answer.content[0].text)
    answer = other()
    logger.info(answer.usage)
""",
    "the cache alone": f"""
def ask():
    answer = {MADE}
    logger.debug("cache %d", answer.usage.cache_creation_input_tokens)
""",
    "a part of the answer": f"""
def ask():
    answer = {MADE}
    logger.info("%s blocks", len(answer.content))
    logger.info("role %s", answer.role)
""",
    "counted in a condition": f"""
def ask():
    answer = {MADE}
    if answer.usage.output_tokens > 5:
        raise ValueError("long")
""",
}


@pytest.mark.parametrize("source", RECORDED.values(), ids=RECORDED)
def test_usage_that_reaches_a_record_is_logged(call: Call, source: str) -> None:
    assert call(HEAD + source).usage_logged is True


@pytest.mark.parametrize("source", NOT_RECORDED.values(), ids=NOT_RECORDED)
def test_usage_that_reaches_no_record_is_not_logged(call: Call, source: str) -> None:
    assert call(HEAD + source).usage_logged is False


def test_what_an_unknown_object_does_with_usage_is_not_known(call: Call) -> None:
    source = f"""
def ask(keeper):
    answer = {MADE}
    keeper.push(answer.usage)
"""
    assert call(HEAD + source).usage_logged is None


def test_usage_is_followed_into_another_file(call: Call) -> None:
    found = call(
        {
            "llm.py": HEAD + f"\ndef ask():\n    answer = {MADE}\n    return {{'text': 1, 'usage': answer.usage}}\n",
            "app.py": "import llm\n\ndef run():\n    result = llm.ask()\n    print(result['usage'].output_tokens)\n",
        }
    )
    assert found.usage_logged is True


def test_json_of_a_plain_request_is_an_answer(call: Call) -> None:
    source = """
import requests

def ask():
    response = requests.post("https://api.anthropic.com/v1/messages", json={"max_tokens": 5})
    data = response.json()
    print(data["usage"]["input_tokens"], response.status_code)
    if data.get("stop_reason") == "max_tokens":
        raise ValueError
"""
    found = call(source)
    assert (found.usage_logged, found.stop_reason_checked) == (True, True)


CHECKED = {
    "compared": "answer.stop_reason == 'max_tokens'",
    "one of several": "answer.stop_reason in ('max_tokens', 'refusal')",
    "through a name": "(reason := answer.stop_reason) and reason != 'end_turn'",
}


@pytest.mark.parametrize("test", CHECKED.values(), ids=CHECKED)
def test_a_stop_reason_that_decides_something_is_checked(call: Call, test: str) -> None:
    source = f"""
def ask():
    answer = {MADE}
    if {test}:
        raise ValueError("cut off")
    return answer
"""
    assert call(HEAD + source).stop_reason_checked is True


def test_a_loop_on_the_stop_reason_checks_it(call: Call) -> None:
    source = """
def ask(messages):
    while True:
        answer = client.messages.create(model="claude-sonnet-4-5", max_tokens=9, messages=messages)
        match answer.stop_reason:
            case "tool_use":
                messages.append(answer)
            case _:
                return answer
"""
    assert call(HEAD + source).stop_reason_checked is True


def test_a_stop_reason_that_is_only_logged_is_not_checked(call: Call) -> None:
    source = f"""
def ask():
    answer = {MADE}
    logger.info("stopped: %s", answer.stop_reason)
    if answer.content:
        return answer.content[0].text
"""
    assert call(HEAD + source).stop_reason_checked is False


def test_choices_lead_to_the_finish_reason(call: Call) -> None:
    source = """
from openai import OpenAI

def ask():
    answer = OpenAI().chat.completions.create(model="gpt-5", messages=[])
    choice = answer.choices[0]
    if choice.finish_reason == "length":
        raise ValueError
    return choice.message.content
"""
    found = call({"app.py": source, "requirements.txt": "openai\n"})
    assert (found.usage_logged, found.stop_reason_checked) == (False, True)
