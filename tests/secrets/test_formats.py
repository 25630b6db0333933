"""Every format: keys of valid form are found wherever they stand, near misses are not."""

from __future__ import annotations

import pytest
from support.keys import make, names

from gonogo.secrets.detect import KeyHit, find_keys
from gonogo.secrets.formats import format_by_id, formats
from gonogo.secrets.runs import around_runs

# Where a format is known by the name of its variable, or the key is part of a longer text.
VARIABLES = {
    "aws-secret": "AWS_SECRET_ACCESS_KEY",
    "azure-openai": "AZURE_OPENAI_API_KEY",
    "fal": "FAL_KEY",
    "pinecone-legacy": "PINECONE_API_KEY",
    "together-legacy": "TOGETHER_API_KEY",
    "wandb-legacy": "WANDB_API_KEY",
    "discord": "DISCORD_TOKEN",
}
BY_NAME = [one.id for one in formats() if one.by_name]
OWN_LOOK = [name for name in names() if name not in (*BY_NAME, "azure-storage")]
ONE_LINE = [name for name in OWN_LOOK if not name.startswith("private-key")]


def found(text: str) -> list[str]:
    return [hit.format for hit in find_keys(text.encode())]


def expected(name: str) -> list[str]:
    return [name.removesuffix("-json")]


def variable(name: str) -> str:
    return VARIABLES.get(name, f"{name.upper()}_API_KEY")


def test_every_format_can_be_made() -> None:
    assert {one.id for one in formats()} <= set(names())


@pytest.mark.parametrize("name", OWN_LOOK)
@pytest.mark.parametrize(
    "around",
    [
        'x = "{}"',
        "x = '{}'",
        "{}",
        "KEY={}\n",
        "f({})",
        "f(x,{},y)",
        "<b>{}</b>",
        r"{{\"key\": \"{}\"}}",
        r"first\n{}\nsecond",
        "[{}]",
        "`{}`",
        "a {} b",
        "https://host/path?key={}&x=1",
    ],
)
def test_found_between_anything(name: str, around: str) -> None:
    assert found(around.replace("{{", "{").replace("}}", "}").replace("{}", make(name))) == expected(name)


@pytest.mark.parametrize("name", OWN_LOOK)
def test_nearly_all_random_keys_pass_the_placeholder_tests(name: str) -> None:
    hits = [found(f'x = "{make(name, seed)}"') for seed in range(300)]
    assert sum(hit == expected(name) for hit in hits) >= 298


@pytest.mark.parametrize("name", ONE_LINE)
def test_not_found_without_its_end(name: str) -> None:
    key = make(name)
    assert found(f'x = "{key[: len(key) // 3]}"') == []


@pytest.mark.parametrize(
    "name", ["openrouter", "groq", "huggingface", "replicate", "perplexity", "aws-key-id", "google-api"]
)
def test_not_found_inside_a_longer_run(name: str) -> None:
    assert found(f'x = "{make(name)}Zq7"') == []


@pytest.mark.parametrize("name", ["aws-key-id", "bedrock-api-key", "replicate", "azure-key"])
def test_short_beginnings_need_a_boundary_before(name: str) -> None:
    assert found(f'x = "Zq7{make(name)}"') == []


@pytest.mark.parametrize("name", BY_NAME)
@pytest.mark.parametrize(
    "form",
    [
        "{name}={key}",
        'export {name}="{key}"',
        '{name} = "{key}"',
        '"{name}": "{key}",',
        r"{{\"{name}\": \"{key}\"}}",
        'os.environ["{name}"] = "{key}"',
        'os.getenv("{name}", "{key}")',
        'os.getenv("{name}") or "{key}"',
        "process.env.{name} ?? '{key}'",
        '{name}: str = "{key}"',
        '{name}: Optional[SecretStr] = SecretStr("{key}")',
        "{name}: {key}",
        "- name: {name}\n  value: {key}\n",
        '{{"name": "{name}", "value": "{key}"}}',
        "{name} := `{key}`",
    ],
)
def test_found_by_the_name_of_the_variable(name: str, form: str) -> None:
    text = form.format(name=variable(name), key=make(name))
    assert found(text) == [name]


@pytest.mark.parametrize("name", BY_NAME)
def test_such_values_mean_nothing_under_another_name(name: str) -> None:
    assert found(f'checksum = "{make(name)}"') == []


@pytest.mark.parametrize("name", ["mistral", "cohere", "azure-openai"])
@pytest.mark.parametrize("word", ["CACHE_KEY", "PUBLIC_KEY", "KEY_HASH", "TOKEN_ID", "MODEL"])
def test_harmless_names_hold_no_key(name: str, word: str) -> None:
    assert found(f'{name.upper()}_{word} = "{make(name)}"') == []


def test_camel_case_names_count() -> None:
    assert found(f'const mistralApiKey = "{make("mistral")}"') == ["mistral"]


def test_storage_keys_of_the_published_emulator_are_no_secret() -> None:
    published = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq" + "/K1SZFPTOtr/KBHBeksoGMGw=="
    assert found(f"AccountKey={published};") == []
    assert found(f"AccountKey={make('azure-storage')};") == ["azure-storage"]


@pytest.mark.parametrize("name", ["github", "npm"])
def test_checksums_are_checked(name: str) -> None:
    key = make(name)
    assert found(key) == [name]
    assert found(key[:-1] + ("a" if key[-1] != "a" else "b")) == []


def test_pem_headers_without_a_key_and_encrypted_keys_are_no_leak() -> None:
    dashes = "-" * 5
    header = f"{dashes}BEGIN RSA PRIVATE" + f" KEY{dashes}"
    assert found(f"{header}\n...\n") == []
    assert found(f'if text.startswith("{header}"):\n    load(text)\n') == []
    encrypted = make("private-key").replace(header, f"{header}\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,0A1B\n")
    assert found(encrypted) == []


@pytest.mark.parametrize("host", ["localhost", "db", "127.0.0.1", "postgres.example.com", "host.docker.internal"])
def test_local_databases_are_no_leak(host: str) -> None:
    password = make("mistral")[:18]
    assert found(f"postgresql://app:{password}@{host}:5432/app") == []


@pytest.mark.parametrize("text", ["ACCAGATTACAGATTACCAT", "AKIAABCDEFGHIJKLMNOP", "AKIAIOSFODNN7" + "EXAMPLE"])
def test_look_alikes_of_aws_ids(text: str) -> None:
    assert found(f'x = "{text}"') == []


def test_bedrock_keys_carry_their_name_inside() -> None:
    image = "ABSK" + "iVBORw0KGgoAAAANSUhEUgAA" * 6
    assert found(f'src="{image}"') == []


def test_browser_keys_are_marked_as_public() -> None:
    key = make("google-api")
    config = f'const firebaseConfig = {{ apiKey: "{key}", authDomain: "app.web.app" }};'
    assert [hit.public for hit in find_keys(config.encode())] == [True]
    assert [hit.public for hit in find_keys(f'GEMINI_API_KEY="{key}"'.encode())] == [False]


def test_places_are_lines_and_columns_of_characters() -> None:
    key = make("anthropic-api")
    hit = find_keys(f'# Grüße\nüber = "{key}"\n'.encode())[0]
    assert hit.span == (2, 9, 2, 9 + len(key))
    bom = find_keys(f'\ufeffkey = "{key}"\n'.encode())[0]
    assert bom.span == (1, 8, 1, 8 + len(key))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-8-sig", "latin-1"])
def test_other_encodings(encoding: str) -> None:
    key = make("openai-project")
    hits = find_keys(f'note = "é"\nkey = "{key}"\n'.encode(encoding))
    assert [(hit.format, hit.span.line, hit.span.column) for hit in hits] == [("openai-project", 2, 8)]


def test_zero_bytes_hide_nothing() -> None:
    assert found("\0\0pickle\0" + make("anthropic-api") + "\0") == ["anthropic-api"]


def test_each_key_of_a_text_is_found_once_and_in_order() -> None:
    first, second = make("anthropic-api"), make("groq")
    hits = find_keys(f"{first}\n{second} {first}".encode())
    assert [hit.format for hit in hits] == ["anthropic-api", "groq", "anthropic-api"]
    assert hits[0].fingerprint == hits[2].fingerprint != hits[1].fingerprint


def test_long_minified_lines() -> None:
    key = make("anthropic-api")
    text = "var a=1;" * 200_000 + f'k="{key}";' + "b()" * 200_000
    assert [(hit.format, hit.span.column) for hit in find_keys(text.encode())] == [("anthropic-api", 1_600_004)]


def test_hits_never_show_the_key() -> None:
    for name in names():
        key = make(name)
        text = f"AccountKey={key}" if name == "azure-storage" else f'{variable(name)} = "{key}"'
        hit = find_keys(text.encode())[0]
        shown = repr(hit) + str(hit)
        assert isinstance(hit, KeyHit)
        assert not any(key[i : i + 16] in shown for i in range(len(key) - 15))
        assert len(hit.masked) <= 11
        assert key.startswith(hit.masked[:-1])


@pytest.mark.parametrize(
    "mark",
    ["pragma: allowlist secret", "gitleaks:allow"],
)
def test_marks_on_the_line_are_noted(mark: str) -> None:
    key = make("anthropic-api")
    assert [hit.allowed for hit in find_keys(f'key = "{key}"  # {mark}\nother = "{key}"'.encode())] == [mark, ""]


def test_marks_on_the_line_above_are_noted() -> None:
    key = make("anthropic-api")
    mark = "pragma: allowlist nextline secret"
    assert [hit.allowed for hit in find_keys(f'# {mark}\nkey = "{key}"\nother = "{key}"'.encode())] == [mark, ""]


@pytest.mark.parametrize("name", names())
def test_every_key_stands_in_a_part_that_is_searched(name: str) -> None:
    if name in ("azure-client-secret", "aws-key-id") or format_by_id(expected(name)[0]).scattered:
        return
    key = make(name)
    text = f"{'x ' * 300}{variable(name)} = {key}{' y' * 300}".encode()
    assert any(key.encode() in part and part == text[at : at + len(part)] for at, part in around_runs(text))


@pytest.mark.parametrize(
    ("text", "public"),
    [
        ("aws_access_key_id = {id}\naws_secret_access_key = {secret}\n", False),
        ('client("{id}",\n       "{secret}")\n', False),
        ('"access_key_id": "{id}", "bucket": "offload"\n', True),
        ("https://b.s3.amazonaws.com/x?X-Amz-Credential={id}%2F20250101&X-Amz-Signature=" + "5d" * 32, True),
    ],
)
def test_an_aws_key_id_alone_is_of_no_use(text: str, public: bool) -> None:
    text = text.replace("{id}", make("aws-key-id")).replace("{secret}", make("aws-secret"))
    assert [hit.public for hit in find_keys(text.encode()) if hit.format == "aws-key-id"] == [public]


def test_private_keys_beside_the_word_sample() -> None:
    key = make("private-key")
    for text, public in ((f"{key}\n", False), (f"returned: changed\nsample: {key}\n", True)):
        assert [hit.public for hit in find_keys(text.encode())] == [public]
