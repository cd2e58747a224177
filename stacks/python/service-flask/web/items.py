"""Items, which everybody may see."""

from flask import Blueprint, Response
from service import answers, queries
from service.paging import path_id
from service.problems import Problem

from web.intake import answer, enter
from web.parts import parts

blueprint = Blueprint("items", __name__, url_prefix="/api/v1/items")


@blueprint.get("/<number>")
def get_item(number: str) -> Response:
    """An item, through both caches."""
    enter()
    item_id = path_id(number)

    def load() -> bytes | None:
        with parts().reading() as session:
            row = session.scalar(queries.ITEM, {"id": item_id})
        return answers.item(row) if row else None

    content = parts().driver.run(parts().items.read(number), load)
    if content is None:
        raise Problem("not-found")
    return answer(content)
