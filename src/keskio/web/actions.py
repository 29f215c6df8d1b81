"""Writes of the room: users."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from keskio.kernel.errors import Mistake
from keskio.web.roles import give_role


def create_user(name: str, *, password: str, role: str, email: str = "") -> User:
    """Make a user who may sign in at once with `role`.

    Raises Mistake when the name is taken or the password is too easy.
    """
    person = User(username=name, email=email)
    try:
        validate_password(password, person)
        person.set_password(password)
        person.clean_fields(exclude=["password"])
        with transaction.atomic():
            person.save()
            give_role(person, role)
    except ValidationError as error:
        raise Mistake(" ".join(error.messages)) from None
    except IntegrityError:
        raise Mistake(f"There is already a user {name!r}: choose another name.") from None
    return person
