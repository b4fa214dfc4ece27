from pydantic import SecretStr

from llm_proxy.settings import Settings
from llm_proxy.web.admin import AdminServices
from llm_proxy.web.admin.services import Process
from tests.web.admin.conftest import Admin, client_of

CANARY = "canary-canary-canary"


async def test_all_settings_are_listed_and_secrets_are_only_said_to_be_there(admin: Admin):
    chosen = Settings.model_construct(admin_token=SecretStr(CANARY), secret_key=None, max_calls=7)
    async with client_of(AdminServices(admin.store, admin.directory, process=Process(chosen))) as client:
        answer = await client.get("/admin/settings")
    assert answer.status_code == 200
    assert CANARY not in answer.text
    records = answer.json()["records"]
    assert [each["name"].lower() for each in records] == list(Settings.model_fields)
    found = {each["name"]: each for each in records}
    assert found["MAX_CALLS"] == {
        "name": "MAX_CALLS",
        "value": "7",
        "default": "2000",
        "source": "default",
        "is_secret": False,
        "is_set": True,
        "description": Settings.model_fields["max_calls"].description,
    }
    assert (found["ADMIN_TOKEN"]["value"], found["ADMIN_TOKEN"]["is_set"]) == (None, True)
    assert (found["SECRET_KEY"]["value"], found["SECRET_KEY"]["is_set"]) == (None, False)
