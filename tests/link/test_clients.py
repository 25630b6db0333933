"""How a call is led back to its client: every way in which an application hands one round."""

from __future__ import annotations

import pytest

from gonogo.poll import CallRow

ASK = 'messages.create(model="claude-opus-4-8", max_tokens=64, messages=[])'
CLIENT = "import anthropic\nclient = anthropic.Anthropic(max_retries=5, timeout=30)\n"

# One call each, made through a client with five retries and thirty seconds.
WAYS = {
    "module name": f"{CLIENT}client.{ASK}\n",
    "from import": f"from anthropic import Anthropic\nclient = Anthropic(max_retries=5, timeout=30)\nclient.{ASK}\n",
    "alias of a name": f"from anthropic import Anthropic as A\nc = A(max_retries=5, timeout=30)\nc.{ASK}\n",
    "alias of the module": f"import anthropic as a\nc = a.Anthropic(max_retries=5, timeout=30)\nc.{ASK}\n",
    "import in the function": f"""
        def ask():
            import anthropic
            return anthropic.Anthropic(max_retries=5, timeout=30).{ASK}
        """,
    "import that may be missing": f"""
        try:
            import anthropic
        except ImportError:
            anthropic = None
        def ask():
            return anthropic.Anthropic(max_retries=5, timeout=30).{ASK}
        """,
    "method held in a name": f"{CLIENT}create = client.messages.create\n"
    'create(model="claude-opus-4-8", max_tokens=64, messages=[])\n',
    "resource held in a name": f"{CLIENT}m = client.messages\n"
    'm.create(model="claude-opus-4-8", max_tokens=64, messages=[])\n',
    "empty global of a module that another one fills": {
        "state.py": "client = None\nname = 'bot'\n",
        "ask.py": f"import state\ndef ask():\n    return state.client.{ASK}\n",
        "main.py": """
            import state
            from anthropic import Anthropic
            from ask import ask
            state.client = Anthropic(max_retries=5, timeout=30)
            ask()
            """,
    },
    "wrapper of the client in a file without the SDK": {
        "wrapper.py": """
            class Messages:
                def __init__(self, messages):
                    self._messages = messages
                def create(self, **options):
                    return self._messages.create(**options)
            class Client:
                def __init__(self, client):
                    self.messages = Messages(client.messages)
            """,
        "main.py": f"""
            from anthropic import Anthropic
            from wrapper import Client
            client = Client(Anthropic(max_retries=5, timeout=30))
            client.{ASK}
            """,
    },
    "attribute of self": f"""
        import anthropic
        class Bot:
            def __init__(self):
                self._client = anthropic.Anthropic(max_retries=5, timeout=30)
            def ask(self):
                return self._client.{ASK}
        """,
    "attribute made in another method": f"""
        import anthropic
        class Bot:
            def __init__(self):
                self.client = None
            def start(self):
                self.client = anthropic.Anthropic(max_retries=5, timeout=30)
            def ask(self):
                return self.client.{ASK}
        """,
    "class attribute": f"""
        import anthropic
        class Bot:
            client = anthropic.Anthropic(max_retries=5, timeout=30)
            def ask(self):
                return self.client.{ASK}
        """,
    "inherited attribute": f"""
        import anthropic
        class Base:
            def __init__(self):
                self.client = anthropic.Anthropic(max_retries=5, timeout=30)
        class Bot(Base):
            def ask(self):
                return self.client.{ASK}
        """,
    "given to the constructor": f"""
        import anthropic
        class Bot:
            def __init__(self, client):
                self.client = client
            def ask(self):
                return self.client.{ASK}
        bot = Bot(anthropic.Anthropic(max_retries=5, timeout=30))
        """,
    "property": f"""
        import anthropic
        class Bot:
            @property
            def client(self):
                return anthropic.Anthropic(max_retries=5, timeout=30)
            def ask(self):
                return self.client.{ASK}
        """,
    "cached property": f"""
        import anthropic
        from functools import cached_property
        class Bot:
            @cached_property
            def client(self):
                return anthropic.Anthropic(max_retries=5, timeout=30)
            def ask(self):
                return self.client.{ASK}
        """,
    "factory": f"""
        import anthropic
        def get_client():
            return anthropic.Anthropic(max_retries=5, timeout=30)
        def ask():
            return get_client().{ASK}
        """,
    "factory behind a cache": f"""
        import anthropic
        from functools import lru_cache
        @lru_cache(maxsize=1)
        def get_client() -> anthropic.Anthropic:
            return anthropic.Anthropic(max_retries=5, timeout=30)
        def ask():
            client = get_client()
            return client.{ASK}
        """,
    "factory that fills a global": f"""
        import anthropic
        _client = None
        def get_client():
            global _client
            if _client is None:
                _client = anthropic.Anthropic(max_retries=5, timeout=30)
            return _client
        def ask():
            return get_client().{ASK}
        """,
    "global filled on start-up": f"""
        import anthropic
        client = None
        def start():
            global client
            client = anthropic.Anthropic(max_retries=5, timeout=30)
        def ask():
            return client.{ASK}
        """,
    "factory that fills a mapping": f"""
        import anthropic
        _clients = {{}}
        def get_client(name):
            if name not in _clients:
                _clients[name] = anthropic.Anthropic(max_retries=5, timeout=30)
            return _clients[name]
        def ask():
            return get_client("a").{ASK}
        """,
    "factory with arguments": f"""
        import anthropic
        def get_client(retries, timeout=30):
            return anthropic.Anthropic(max_retries=retries, timeout=timeout)
        def ask():
            return get_client(5).{ASK}
        """,
    "class method as factory": f"""
        import anthropic
        class Clients:
            @classmethod
            def main(cls):
                return anthropic.Anthropic(max_retries=5, timeout=30)
        def ask():
            return Clients.main().{ASK}
        """,
    "parameter": f"""
        import anthropic
        def ask(client):
            return client.{ASK}
        def main():
            ask(anthropic.Anthropic(max_retries=5, timeout=30))
        """,
    "parameter by name through two functions": f"""
        import anthropic
        def ask(*, client):
            return client.{ASK}
        def outer(c):
            return ask(client=c)
        def main():
            outer(anthropic.Anthropic(max_retries=5, timeout=30))
        """,
    "default of a parameter": f"""
        import anthropic
        main = anthropic.Anthropic(max_retries=5, timeout=30)
        def ask(client=main):
            return client.{ASK}
        """,
    "optional parameter": f"""
        import anthropic
        def ask(client=None):
            client = client or anthropic.Anthropic(max_retries=5, timeout=30)
            return client.{ASK}
        """,
    "closure": f"""
        import anthropic
        def build():
            client = anthropic.Anthropic(max_retries=5, timeout=30)
            def ask():
                return client.{ASK}
            return ask
        """,
    "unpacked": f"""
        import anthropic
        def both():
            return anthropic.Anthropic(max_retries=5, timeout=30), "x"
        def ask():
            client, name = both()
            return client.{ASK}
        """,
    "walrus": f"""
        import anthropic
        def ask():
            if (client := anthropic.Anthropic(max_retries=5, timeout=30)):
                return client.{ASK}
        """,
    "with": f"""
        import anthropic
        def ask():
            with anthropic.Anthropic(max_retries=5, timeout=30) as client:
                return client.{ASK}
        """,
    "async with": f"""
        import anthropic
        async def ask():
            async with anthropic.AsyncAnthropic(max_retries=5, timeout=30) as client:
                return await client.{ASK}
        """,
    "context manager of the project": f"""
        import anthropic
        class Session:
            async def __aenter__(self):
                return anthropic.AsyncAnthropic(max_retries=5, timeout=30)
            async def __aexit__(self, *args):
                pass
        async def ask():
            async with Session() as client:
                return await client.{ASK}
        """,
    "generator as context manager": f"""
        import anthropic
        from contextlib import contextmanager
        @contextmanager
        def session():
            yield anthropic.Anthropic(max_retries=5, timeout=30)
        def ask():
            with session() as client:
                return client.{ASK}
        """,
    "dependency as default": f"""
        import anthropic
        from fastapi import Depends
        def get_client():
            return anthropic.AsyncAnthropic(max_retries=5, timeout=30)
        async def ask(client=Depends(get_client)):
            return await client.{ASK}
        """,
    "dependency in an annotation": f"""
        import anthropic
        from typing import Annotated
        from fastapi import Depends
        def get_client():
            return anthropic.AsyncAnthropic(max_retries=5, timeout=30)
        async def ask(client: Annotated[anthropic.AsyncAnthropic, Depends(get_client)]):
            return await client.{ASK}
        """,
    "dependency under a name": f"""
        import anthropic
        from typing import Annotated
        from fastapi import Depends
        def get_client():
            yield anthropic.AsyncAnthropic(max_retries=5, timeout=30)
        Client = Annotated[anthropic.AsyncAnthropic, Depends(get_client)]
        async def ask(client: Client):
            return await client.{ASK}
        """,
    "with_options": f"""
        import anthropic
        client = anthropic.Anthropic()
        client.with_options(max_retries=5, timeout=30).{ASK}
        """,
    "with_options over the client's own": f"""
        import anthropic
        client = anthropic.Anthropic(max_retries=1, timeout=30)
        quick = client.with_options(max_retries=5)
        quick.{ASK}
        """,
    "timeout on the call": """
        import anthropic
        client = anthropic.Anthropic(max_retries=5, timeout=600)
        client.messages.create(model="claude-opus-4-8", max_tokens=64, messages=[], timeout=30)
        """,
    "arguments of the client in a mapping": f"""
        import anthropic
        options = {{"max_retries": 5}}
        options["timeout"] = 30
        client = anthropic.Anthropic(**options)
        client.{ASK}
        """,
    "subclass of the client": f"""
        import anthropic
        class Ours(anthropic.Anthropic):
            pass
        client = Ours(max_retries=5, timeout=30)
        client.{ASK}
        """,
}


def settings(row: CallRow) -> tuple[object, ...]:
    return (row.sdk, row.model, row.max_tokens, row.retries, row.timeout)


@pytest.mark.parametrize("source", WAYS.values(), ids=WAYS)
def test_the_client_is_found(source, call) -> None:
    row = call(source)
    assert settings(row) == ("anthropic", ("claude-opus-4-8",), 64, "configured:5", "configured:30")


VIA = {
    "messages.create": "messages.create",
    "beta.messages.create": "beta.messages.create",
    "messages.with_raw_response.create": "messages.with_raw_response.create",
    "with_options(timeout=9).messages.create": "messages.create",
    "messages.stream": "messages.stream",
    "messages.parse": "messages.parse",
}


@pytest.mark.parametrize(("written", "method"), VIA.items(), ids=VIA)
def test_the_method_is_named_as_written(written: str, method: str, call) -> None:
    row = call(f'{CLIENT}client.{written}(model="claude-opus-4-8", max_tokens=64, messages=[])\n')
    assert (row.method, row.max_tokens, row.retries) == (method, 64, "configured:5")
    assert row.stream is (method == "messages.stream")


HANDED_ON = {
    "thread": "import asyncio\nasync def ask():\n    await asyncio.to_thread(client.messages.create, {args})\n",
    "partial": "from functools import partial\nask = partial(client.messages.create, {args})\n",
    "executor": "def ask(pool):\n    return pool.submit(client.messages.create, {args})\n",
    "lambda": "def run(f):\n    return f()\ndef ask():\n    return run(lambda: client.messages.create({args}))\n",
}


@pytest.mark.parametrize("source", HANDED_ON.values(), ids=HANDED_ON)
def test_a_method_that_is_handed_on_is_a_call(source: str, call) -> None:
    args = 'model="claude-opus-4-8", max_tokens=64, messages=[]'
    row = call(CLIENT + source.format(args=args))
    assert settings(row) == ("anthropic", ("claude-opus-4-8",), 64, "configured:5", "configured:30")


TYPED = {
    "parameter": f"async def ask(client: AsyncAnthropic):\n    return await client.{ASK}\n",
    "text": f"async def ask(client: 'AsyncAnthropic'):\n    return await client.{ASK}\n",
    "optional": f"async def ask(client: AsyncAnthropic | None = None):\n    return await client.{ASK}\n",
    "attribute": "class Bot:\n    client: AsyncAnthropic\n    async def ask(self):\n"
    f"        return await self.client.{ASK}\n",
    "constructor": "class Bot:\n    def __init__(self, client: AsyncAnthropic):\n        self.client = client\n"
    f"    async def ask(self):\n        return await self.client.{ASK}\n",
    "dataclass": "from dataclasses import dataclass\n@dataclass\nclass Deps:\n    client: AsyncAnthropic\n"
    f"async def ask(deps: Deps):\n    return await deps.client.{ASK}\n",
    "return type": "def get() -> AsyncAnthropic:\n    return registry['x']\n"
    f"async def ask():\n    return await get().{ASK}\n",
}


@pytest.mark.parametrize("source", TYPED.values(), ids=TYPED)
def test_an_annotation_is_enough_to_know_the_client_but_not_its_settings(source: str, call) -> None:
    row = call(f"from anthropic import AsyncAnthropic\n{source}")
    assert (row.sdk, row.model, row.max_tokens) == ("anthropic", ("claude-opus-4-8",), 64)


def test_two_clients_keep_their_settings_apart(calls) -> None:
    rows = calls(f"""
        import anthropic
        fast = anthropic.Anthropic(timeout=5, max_retries=0)
        slow = anthropic.Anthropic(timeout=50, max_retries=9)
        fast.{ASK}
        slow.{ASK}
        """)
    assert [(row.line, row.timeout, row.retries) for row in rows] == [
        (5, "configured:5", "disabled"),
        (6, "configured:50", "configured:9"),
    ]


def test_a_function_kept_by_an_object_is_called_through_it(call) -> None:
    row = call(
        {
            "bot.py": """
            class Bot:
                def __init__(self):
                    self.on_text = None
                def listen(self, callback):
                    self.on_text = callback
                async def update(self, data):
                    if self.on_text:
                        await self.on_text(data)
            """,
            "app.py": """
            from anthropic import AsyncAnthropic
            from fastapi import FastAPI
            from bot import Bot
            app, bot, client = FastAPI(), Bot(), AsyncAnthropic()
            async def answer(text):
                return await client.messages.create(model="claude-opus-4-8", max_tokens=64, messages=[])
            bot.listen(answer)
            @app.post("/hook")
            async def hook(data: dict):
                await bot.update(data)
            """,
        }
    )
    assert row.route == "app.py:10"


def test_a_call_is_reached_through_the_class_it_overrides(call) -> None:
    """Although its name has many definitions, and who calls it knows the base class only."""
    others = "\n".join(f"class Other{n}:\n    def generate(self): ...\n" for n in range(9))
    row = call(
        {
            "base.py": "from abc import ABC\nclass Model(ABC):\n    def generate(self, text): ...\n",
            "others.py": others,
            "claude.py": """
            from anthropic import Anthropic
            from base import Model
            class Claude(Model):
                def __init__(self):
                    self.client = Anthropic()
                def generate(self, text):
                    return self.client.messages.create(model="claude-opus-4-8", max_tokens=64, messages=[])
            """,
            "writer.py": """
            from base import Model
            class Writer:
                def __init__(self, model: Model):
                    self.model = model
                def write(self, text):
                    return self.model.generate(text)
            """,
            "web.py": """
            from flask import Flask
            from claude import Claude
            from writer import Writer
            app, writer = Flask(__name__), Writer(Claude())
            @app.post("/")
            def index():
                return writer.write("x")
            """,
        }
    )
    assert row.route == "web.py:7"
