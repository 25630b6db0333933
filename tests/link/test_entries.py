"""Which entry reaches a model call: by decorator, by registration, by class, by parameters, through a queue."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from link.conftest import Call

ASK = """
from anthropic import Anthropic

client = Anthropic()


def ask(text):
    return client.messages.create(model="claude-sonnet-4-5", max_tokens=9, messages=[{"role": "user", "content": text}])
"""

# Each case: files beside ask.py, and where the entry's name stands.
ENTRIES: dict[str, tuple[Mapping[str, str], str | None]] = {
    "fastapi router": (
        {
            "app.py": """\
                from fastapi import APIRouter
                from ask import ask
                router = APIRouter()
                @router.post('/chat')
                def chat(text: str):
                    return ask(text)
            """,
        },
        "app.py:5",
    ),
    "fastapi by call": (
        {
            "app.py": """\
                from fastapi import FastAPI
                from views import chat
                app = FastAPI()
                app.add_api_route('/chat', chat, methods=['POST'])
            """,
            "views.py": """\
                from ask import ask
                def chat(text: str):
                    return ask(text)
            """,
        },
        "views.py:2",
    ),
    "an application handed to a function": (
        {
            "app.py": """\
                from ask import ask
                def register(app):
                    @app.post('/chat')
                    def chat(text: str):
                        return ask(text)
            """,
        },
        "app.py:4",
    ),
    "starlette route": (
        {
            "app.py": """\
                from starlette.applications import Starlette
                from starlette.routing import Route
                from ask import ask
                async def chat(request):
                    return ask(await request.json())
                app = Starlette(routes=[Route('/chat', chat)])
            """,
        },
        "app.py:4",
    ),
    "flask rule": (
        {
            "app.py": """\
                from flask import Flask
                from ask import ask
                app = Flask(__name__)
                def chat():
                    return ask('x')
                app.add_url_rule('/chat', view_func=chat)
            """,
        },
        "app.py:4",
    ),
    "flask method view": (
        {
            "app.py": """\
                from flask.views import MethodView
                from ask import ask
                class Chat(MethodView):
                    def post(self):
                        return ask('x')
            """,
        },
        "app.py:4",
    ),
    "django path": (
        {
            "shop/views.py": """\
                from ask import ask
                def chat(request):
                    return ask(request.POST['text'])
            """,
            "shop/urls.py": """\
                from django.urls import path
                from shop import views
                urlpatterns = [path('chat/', views.chat)]
            """,
        },
        "shop/views.py:2",
    ),
    "django path through a wrapper": (
        {
            "shop/views.py": """\
                from ask import ask
                def chat(request):
                    return ask(request.POST['text'])
            """,
            "shop/urls.py": """\
                from django.urls import path
                from django.contrib.auth.decorators import login_required
                from .views import chat
                urlpatterns = [path('chat/', login_required(chat))]
            """,
        },
        "shop/views.py:2",
    ),
    "django rest view set": (
        {
            "app.py": """\
                from rest_framework import viewsets
                from ask import ask
                class Base(viewsets.ModelViewSet):
                    pass
                class Chat(Base):
                    def create(self, request):
                        return ask('x')
            """,
        },
        "app.py:6",
    ),
    "aiohttp": (
        {
            "app.py": """\
                from aiohttp import web
                from ask import ask
                async def chat(request):
                    return ask('x')
                app = web.Application()
                app.router.add_post('/chat', chat)
            """,
        },
        "app.py:3",
    ),
    "telegram handler": (
        {
            "app.py": """\
                from telegram.ext import Application, MessageHandler, filters
                from ask import ask
                async def reply(update, context):
                    await update.message.reply_text(ask(update.message.text))
                def main():
                    app = Application.builder().token('x').build()
                    app.add_handler(MessageHandler(filters.TEXT, reply))
            """,
        },
        "app.py:3",
    ),
    "telegram handler that is a method": (
        {
            "app.py": """\
                from telegram.ext import Application, CommandHandler
                from ask import ask
                class Bot:
                    def run(self, app):
                        app.add_handler(CommandHandler('ask', self.reply))
                    async def reply(self, update, context):
                        ask('x')
            """,
        },
        "app.py:6",
    ),
    "aiogram by call": (
        {
            "app.py": """\
                from aiogram import Dispatcher
                from ask import ask
                dp = Dispatcher()
                async def reply(message):
                    ask(message.text)
                dp.message.register(reply)
            """,
        },
        "app.py:4",
    ),
    "discord client": (
        {
            "app.py": """\
                import discord
                from ask import ask
                class Bot(discord.Client):
                    async def on_message(self, message):
                        ask(message.content)
            """,
        },
        "app.py:4",
    ),
    "discord cog": (
        {
            "app.py": """\
                from discord.ext import commands
                from ask import ask
                class Chat(commands.Cog):
                    @commands.Cog.listener()
                    async def on_message(self, message):
                        ask(message.content)
            """,
        },
        "app.py:5",
    ),
    "slack": (
        {
            "app.py": """\
                from slack_bolt import App
                from ask import ask
                app = App()
                @app.event('app_mention')
                def mention(event, say):
                    say(ask(event['text']))
            """,
        },
        "app.py:5",
    ),
    "matrix callback": (
        {
            "app.py": """\
                from nio import AsyncClient, RoomMessageText
                from ask import ask
                client = AsyncClient('https://example.org')
                async def on_text(room, event):
                    ask(event.body)
                client.add_event_callback(on_text, RoomMessageText)
            """,
        },
        "app.py:4",
    ),
    "gradio": (
        {
            "app.py": """\
                import gradio as gr
                from ask import ask
                def respond(message, history):
                    return ask(message)
                gr.ChatInterface(respond).launch()
            """,
        },
        "app.py:3",
    ),
    "gradio button": (
        {
            "app.py": """\
                import gradio as gr
                from ask import ask
                def respond(message):
                    return ask(message)
                with gr.Blocks() as demo:
                    box = gr.Textbox()
                    button = gr.Button('Go')
                    button.click(respond, box, box)
            """,
        },
        "app.py:3",
    ),
    "streamlit": (
        {
            "app.py": """\
                import streamlit as st
                from ask import ask
                def main():
                    text = st.chat_input('?')
                    if text:
                        st.write(ask(text))
                main()
            """,
        },
        "app.py:7",
    ),
    "lambda behind a gateway": (
        {
            "app.py": """\
                import json
                from ask import ask
                def handler(event, context):
                    return {'statusCode': 200, 'body': ask(json.loads(event['body'])['text'])}
            """,
        },
        "app.py:3",
    ),
    "lambda that reads a queue": (
        {
            "app.py": """\
                from ask import ask
                def handler(event, context):
                    for record in event['Records']:
                        ask(record['body_text'])
            """,
        },
        None,
    ),
    "modal endpoint that hands work on": (
        {
            "app.py": """\
                import modal
                from ask import ask
                app = modal.App('x')
                @app.function()
                def work(text):
                    return ask(text)
                @app.function()
                @modal.fastapi_endpoint(method='POST')
                def chat(data: dict):
                    return work.spawn(data['text'])
            """,
        },
        "app.py:9",
    ),
    "a queue that a route fills": (
        {
            "app.py": """\
                from fastapi import FastAPI
                from tasks import answer
                app = FastAPI()
                @app.post('/chat')
                def chat(text: str):
                    answer.delay(text)
            """,
            "tasks.py": """\
                from celery import shared_task
                from ask import ask
                @shared_task
                def answer(text):
                    ask(text)
            """,
        },
        "app.py:5",
    ),
    "a queue nobody outside fills": (
        {
            "tasks.py": """\
                from celery import shared_task
                from ask import ask
                @shared_task
                def answer(text):
                    ask(text)
            """,
        },
        None,
    ),
    "a clock": (
        {
            "app.py": """\
                from apscheduler.schedulers.blocking import BlockingScheduler
                from ask import ask
                def daily():
                    ask('news')
                scheduler = BlockingScheduler()
                scheduler.add_job(daily, 'cron', hour=7)
            """,
        },
        None,
    ),
    "a command line": (
        {
            "app.py": """\
                import click
                from ask import ask
                @click.command()
                @click.argument('text')
                def main(text):
                    print(ask(text))
            """,
        },
        None,
    ),
    "a method called get without a framework": (
        {
            "app.py": """\
                from ask import ask
                class Cache:
                    def get(self, key):
                        return ask(key)
            """,
        },
        None,
    ),
}


@pytest.mark.parametrize("case", ENTRIES)
def test_the_entry_that_reaches_a_call_is_its_route(call: Call, case: str) -> None:
    files, place = ENTRIES[case]
    assert call({"ask.py": ASK, **files}).route == place
