"""Sections and divisions of GB/T 4754-2017, the national classification of industries."""

from __future__ import annotations

EDITION = "GB/T 4754-2017"

SECTIONS = {
    "A": "农、林、牧、渔业",
    "B": "采矿业",
    "C": "制造业",
    "D": "电力、热力、燃气及水生产和供应业",
    "E": "建筑业",
    "F": "批发和零售业",
    "G": "交通运输、仓储和邮政业",
    "H": "住宿和餐饮业",
    "I": "信息传输、软件和信息技术服务业",
    "J": "金融业",
    "K": "房地产业",
    "L": "租赁和商务服务业",
    "M": "科学研究和技术服务业",
    "N": "水利、环境和公共设施管理业",
    "O": "居民服务、修理和其他服务业",
    "P": "教育",
    "Q": "卫生和社会工作",
    "R": "文化、体育和娱乐业",
    "S": "公共管理、社会保障和社会组织",
    "T": "国际组织",
}

# The 2002 edition gave these letters to other sections, and lists still circulate with them.
SECTIONS_OF_2002 = {
    "F": "交通运输、仓储和邮政业",
    "G": "信息传输、计算机服务和软件业",
    "H": "批发和零售业",
    "I": "住宿和餐饮业",
}

_LAST_DIVISIONS = {
    "A": 5, "B": 12, "C": 43, "D": 46, "E": 50, "F": 52, "G": 60, "H": 62, "I": 65, "J": 69,
    "K": 70, "L": 72, "M": 75, "N": 79, "O": 82, "P": 83, "Q": 85, "R": 90, "S": 96, "T": 97,
}  # fmt: skip


def section_of(division: str) -> str:
    """The section letter of a two-digit division; empty when there is no such division."""
    if not (division.isascii() and division.isdigit()) or int(division) == 0:
        return ""
    number = int(division)
    return next((letter for letter, last in _LAST_DIVISIONS.items() if number <= last), "")
