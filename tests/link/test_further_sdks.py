"""SDKs beyond the first ones: each call is found, under the right name, with the settings that reach it."""

from __future__ import annotations

import pytest

CASES = {
    "groq": (
        """
        from groq import Groq
        client = Groq(timeout=20)
        def ask(text):
            return client.chat.completions.create(
                model="llama-3.3-70b-versatile", max_completion_tokens=300, messages=[]
            )
        """,
        ("groq", ("llama-3.3-70b-versatile",), 300, "sdk-default", "configured:20"),
    ),
    "mistral counts in milliseconds and does not retry": (
        """
        from mistralai import Mistral
        client = Mistral(api_key=KEY, timeout_ms=20_000)
        def ask(text):
            return client.chat.complete(model="mistral-large-latest", max_tokens=300, messages=[])
        """,
        ("mistral", ("mistral-large-latest",), 300, "none(sdk default)", "configured:20"),
    ),
    "cohere": (
        """
        import cohere
        client = cohere.ClientV2()
        def ask(text):
            options = {"timeout_in_seconds": 9}
            return client.chat(model="command-a-03-2025", max_tokens=300, messages=[], request_options=options)
        """,
        ("cohere", ("command-a-03-2025",), 300, "sdk-default", "configured:9"),
    ),
    "instructor takes its settings from the client it wraps": (
        """
        import anthropic, instructor
        client = instructor.from_anthropic(anthropic.Anthropic(max_retries=4, timeout=30))
        def ask(text):
            return client.messages.create(
                model="claude-opus-4-8", max_tokens=300, messages=[], response_model=Reply, max_retries=2
            )
        """,
        ("instructor", ("claude-opus-4-8",), 300, "configured:4", "configured:30"),
    ),
    "instructor by the name of a provider": (
        """
        import instructor
        client = instructor.from_provider("anthropic/claude-opus-4-8")
        def ask(text):
            return client.create(messages=[], response_model=Reply, max_tokens=300)
        """,
        ("instructor", ("anthropic/claude-opus-4-8",), 300, "sdk-default", "sdk-default"),
    ),
    "crewai": (
        """
        from crewai import LLM, Agent, Crew, Task
        llm = LLM(model="anthropic/claude-opus-4-8", max_tokens=300, timeout=40)
        writer = Agent(role="writer", llm=llm, max_iter=5)
        def write(topic):
            return Crew(agents=[writer], tasks=[Task(description="x", agent=writer)]).kickoff(inputs={"topic": topic})
        """,
        ("crewai", ("anthropic/claude-opus-4-8",), 300, "sdk-default", "configured:40"),
    ),
    "smolagents": (
        """
        from smolagents import CodeAgent, LiteLLMModel
        agent = CodeAgent(tools=[], model=LiteLLMModel(model_id="anthropic/claude-opus-4-8", max_tokens=300))
        def solve(task):
            return agent.run(task)
        """,
        ("smolagents", ("anthropic/claude-opus-4-8",), 300, "sdk-default", "sdk-default"),
    ),
    "llama-index": (
        """
        from llama_index.llms.anthropic import Anthropic
        llm = Anthropic(model="claude-opus-4-8", max_tokens=300, timeout=15)
        async def ask(text):
            return await llm.acomplete(text)
        """,
        ("llama-index", ("claude-opus-4-8",), 300, "sdk-default", "configured:15"),
    ),
    "langchain with Groq": (
        """
        from langchain_groq import ChatGroq
        llm = ChatGroq(model="llama-3.3-70b-versatile", max_tokens=300)
        def ask(text):
            return llm.invoke(text)
        """,
        ("langchain", ("llama-3.3-70b-versatile",), 300, "sdk-default", "sdk-default"),
    ),
    "langchain with Gemini": (
        """
        from langchain_google_genai import ChatGoogleGenerativeAI
        llm = ChatGoogleGenerativeAI(model="gemini-2.5-flash", max_tokens=300, max_retries=2, timeout=12)
        def ask(text):
            return llm.invoke(text)
        """,
        ("langchain", ("gemini-2.5-flash",), 300, "configured:2", "configured:12"),
    ),
}


@pytest.mark.parametrize(("source", "expected"), CASES.values(), ids=CASES)
def test_the_call_is_found_with_its_settings(source: str, expected: tuple[object, ...], call) -> None:
    row = call(source)
    assert (row.sdk, row.model, row.max_tokens, row.retries, row.timeout) == expected


NOT_A_MODEL = {
    "a chat of something else": """
        import cohere
        from rooms import Room
        room = Room()
        def say(text):
            return room.chat(message=text)
        """,
    "embeddings": """
        from mistralai import Mistral
        client = Mistral(api_key=KEY)
        def embed(texts):
            return client.embeddings.create(model="mistral-embed", inputs=texts)
        """,
    "pictures": """
        from google import genai
        from google.genai import types
        client = genai.Client()
        def draw(model, text):
            config = types.GenerateContentConfig(image_config=types.ImageConfig(aspect_ratio="1:1"))
            return client.models.generate_content(model=model, contents=text, config=config)
        """,
    "vectors through a generic method": """
        import boto3, json
        client = boto3.client("bedrock-runtime")
        def embed(model, text):
            if model.startswith("amazon"):
                body = {"inputText": text}
            else:
                body = {"texts": [text], "input_type": "search_document"}
            return client.invoke_model(modelId=model, body=json.dumps(body))
        """,
    "transcription": """
        from groq import Groq
        client = Groq()
        def hear(file):
            return client.audio.transcriptions.create(model="whisper-large-v3", file=file)
        """,
}


@pytest.mark.parametrize("source", NOT_A_MODEL.values(), ids=NOT_A_MODEL)
def test_what_generates_no_text_is_no_call(source: str, calls) -> None:
    assert calls(source) == []


GRAPH = """
from langchain_openai import ChatOpenAI
from langgraph.graph import StateGraph
from langgraph.prebuilt import ToolNode, tools_condition
llm = ChatOpenAI(model="gpt-5.4", max_tokens=300, timeout=20)
def chat(state):
    return {"messages": [llm.invoke(state["messages"])]}
builder = StateGraph(dict)
builder.add_node("chat", chat)
builder.add_node("tools", ToolNode([]))
builder.add_conditional_edges("chat", tools_condition)
builder.add_edge("tools", "chat")
graph = builder.compile()
def ask(text):
    return graph.invoke({"messages": [text]})
"""


@pytest.mark.parametrize(("requirement", "loop"), [("langgraph==0.6.0", "guarded"), ("langgraph>=0.3", "unguarded")])
def test_the_release_decides_whether_a_graph_has_a_limit_of_its_own(requirement: str, loop: str, call) -> None:
    row = call({"app.py": GRAPH, "requirements.txt": f"langchain-openai\n{requirement}\n"})
    assert row.agent_loop == loop
