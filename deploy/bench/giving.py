"""Lists of what is given, of who has it and of projects: as staff, and as a unit sees them."""

from scale import SECRETARY, STAFF
from services.models import Booking, Commitment, Need, Project, Resource

CARDS, TABLE = "resource-list", "resource-table"
BOOKINGS, PROJECTS = "booking-list", "project-list"
LISTS = (
    ("resources", STAFF, CARDS, Resource, ""),
    ("resources, secretary", SECRETARY, CARDS, Resource, ""),
    ("resources, table", STAFF, TABLE, Resource, ""),
    ("resources, free", STAFF, CARDS, Resource, "?free=today"),
    ("resources, free, secretary", SECRETARY, CARDS, Resource, "?free=today"),
    ("resources, group", STAFF, TABLE, Resource, "?group=1"),
    ("resources, group, secretary", SECRETARY, TABLE, Resource, "?group=1"),
    ("resources, last page", STAFF, TABLE, Resource, "?page=9999"),
    ("bookings", STAFF, BOOKINGS, Booking, ""),
    ("bookings, secretary", SECRETARY, BOOKINGS, Booking, ""),
    ("bookings, ours", SECRETARY, BOOKINGS, Booking, "?part=had"),
    ("bookings, given by us", SECRETARY, BOOKINGS, Booking, "?part=given"),
    ("projects", STAFF, PROJECTS, Project, ""),
    ("projects, cards", STAFF, "project-cards", Project, ""),
    ("projects, secretary", SECRETARY, PROJECTS, Project, ""),
    ("projects, group", STAFF, PROJECTS, Project, "?group=1"),
    ("projects, group, secretary", SECRETARY, PROJECTS, Project, "?group=1"),
    ("projects, served, secretary", SECRETARY, PROJECTS, Project, "?mine=served"),
    ("projects, done, secretary", SECRETARY, PROJECTS, Project, "?status=done"),
    ("projects, due first", STAFF, PROJECTS, Project, "?sort=due"),
    ("projects, due soon", STAFF, PROJECTS, Project, "?due=soon"),
    ("projects, due soon, secretary", SECRETARY, PROJECTS, Project, "?due=soon"),
    ("projects, of a unit", STAFF, PROJECTS, Project, "?unit=3"),
    ("gifts, bookings", STAFF, "giftbooking-list", Booking, "?figure=used"),
    ("gifts, bookings, secretary", SECRETARY, "giftbooking-list", Booking, ""),
    ("gifts, resources", STAFF, "giftresource-list", Resource, ""),
    ("gifts, resources, secretary", SECRETARY, "giftresource-list", Resource, ""),
    ("gifts, commitments", STAFF, "giftcommitment-list", Commitment, ""),
    ("gifts, commitments, secretary", SECRETARY, "giftcommitment-list", Commitment, ""),
    ("gifts, needs", STAFF, "giftneed-list", Need, ""),
)
SEARCHES = (
    ("resources, search", STAFF, CARDS, Resource, "专家"),
    ("resources, rare word", STAFF, TABLE, Resource, "2026-0017"),
    ("bookings, search", STAFF, BOOKINGS, Booking, "政策"),
    ("projects, search", STAFF, PROJECTS, Project, "贷款"),
    ("projects, search, secretary", SECRETARY, PROJECTS, Project, "贷款"),
    ("projects, absent word, secretary", SECRETARY, PROJECTS, Project, "龘龘"),
)
