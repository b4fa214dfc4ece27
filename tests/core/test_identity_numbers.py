"""The good values are samples that the issuing offices and the articles on each number print."""

import pytest

from llm_proxy.core.identity_numbers import IDENTITY_NUMBERS

GOOD = {
    "aadhaar": ["9999 9999 0019"],
    "aba": ["021000021", "0114-0153-3"],
    "ahv": ["756.9217.0769.85"],
    "bsn": ["111222333"],
    "cnpj": ["11.222.333/0001-81"],
    "codice_fiscale": ["RSSMRA85T10A562S", "rssmra85t10a562s"],
    "cpf": ["529.982.247-25", "11144477735"],
    "fodselsnummer": ["010107 50160"],
    "hetu": ["131052-308T"],
    "kvnr": ["A123456780"],
    "medicare": ["2123 45670 1"],
    "my_number": ["1234 5678 9018"],
    "nhs": ["943 476 5919"],
    "nif": ["12345678Z", "X1234567L"],
    "nir": ["2 55 08 14 168 025 38"],
    "nric": ["S1234567D", "T1234567J", "F1234567N", "G1234567X"],
    "personnummer": ["811218-9876", "19811218-9876"],
    "pesel": ["44051401359"],
    "pps": ["1234567T", "1234567FA"],
    "pt_nif": ["123 456 789"],
    "resident_id": ["11010519491231002X"],
    "rijksregister": ["85.07.30-033.28"],
    "rrn": ["9001011234568", "9001015234561"],
    "sin": ["130 692 544", "046 454 286"],
    "ssn": ["536-22-1987"],
    "steuer_id": ["86 095 742 719", "65929970489"],
    "tckn": ["10000000146"],
    "tfn": ["123 456 782"],
    "ust_id": ["DE136695976", "DE 136 695 976"],
    "vin": ["1M8GDM9AXKP042788"],
    "za_id": ["8001015009087"],
}
NEVER_ISSUED = {"ssn": ["000-22-1987", "666-22-1987", "912-22-1987", "536-00-1987", "536-22-0000", "536-22-198a"]}


@pytest.mark.parametrize(("name", "number"), [(name, number) for name, numbers in GOOD.items() for number in numbers])
def test_a_true_number_keeps_its_check(name: str, number: str) -> None:
    assert IDENTITY_NUMBERS[name][0](number)


@pytest.mark.parametrize("name", sorted(set(IDENTITY_NUMBERS) - {"ssn"}))
def test_a_number_with_one_digit_changed_does_not(name: str) -> None:
    number = GOOD[name][0]
    digits = [index for index, character in enumerate(number) if character.isdecimal()]
    changed = [
        number[:index] + str((int(number[index]) + step) % 10) + number[index + 1 :]
        for index in digits
        for step in (1, 3, 7)
    ]
    missed = [each for each in changed if IDENTITY_NUMBERS[name][0](each)]
    assert len(missed) <= len(changed) // 8  # no check digit sees all changes


@pytest.mark.parametrize("name", IDENTITY_NUMBERS)
def test_a_number_cut_short_or_of_other_letters_is_none(name: str) -> None:
    judge = IDENTITY_NUMBERS[name][0]
    assert not any(judge(text) for text in (GOOD[name][0][:-1], GOOD[name][0] + "1", "", "x", "٣" * 11, "²" * 9))


@pytest.mark.parametrize(
    ("name", "number"), [(name, each) for name, numbers in NEVER_ISSUED.items() for each in numbers]
)
def test_a_number_never_issued_is_none(name: str, number: str) -> None:
    assert not IDENTITY_NUMBERS[name][0](number)


def test_every_number_has_a_sample_here() -> None:
    assert GOOD.keys() == IDENTITY_NUMBERS.keys()
