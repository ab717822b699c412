"""The one table of what staff can do. Button, form, route, permission and receipt come from its rows.

To add one: docs/add-a-staff-action.md."""

from collections.abc import Callable
from dataclasses import dataclass

from staff_app import choices as c
from staff_app import doings
from staff_app.fields import Field, Words
from staff_app.people import CASE_WORK, STOPPING
from staff_app.scenes import Scene
from workflows.states import Action as Move
from workflows.states import Role

MANAGER = (Role.manager,)
ADMIN = (Role.admin,)
Possible = Callable[[Scene], bool]


@dataclass(frozen=True)
class Act:
    """One row. `about`: case, part (one location of a case), contact, letter, file, user or desk."""

    name: str
    label: str
    about: str
    roles: tuple[Role, ...]
    do: Callable[[Scene, Words], str]
    """Does it and returns the receipt. Raises Refused with every reason."""
    is_possible: Possible
    will: str = ""
    """What will happen, in one sentence. {location}, {customer}, {reference} and {person} are filled in."""
    fields: tuple[Field, ...] = ()
    icon: str = ""
    tone: str = ""
    """`danger` for what ends service or stops a request."""
    shows: str = ""
    """A part of the form's page beyond its inputs: templates/parts/acts/<shows>.html."""
    at_once: bool = False
    """A button that posts without a page of its own."""
    key: str = ""
    """The single keys that open its page, such as `c s`."""
    preview: Callable[[Scene, Words], object] | None = None
    """Does it without asking the gate, so that its letter can be read before; all of it is undone."""
    only_looks: bool = False
    """Decides nothing, so that an older page may ask for it too."""

    @property
    def is_grave(self) -> bool:
        """Whether it shows what goes for good: its page may open as a dialog."""
        return self.shows == "goes"


PERSON = Field("person", "Who agreed", "choice", options=c.people, default=c.requester)
HOW = Field("channel", "How", "choice", options=c.channels_of_agreement)
TYPED = Field("typed", "Type the location's name to confirm it", "typed", hint=c.name_hint)
MAY_WHY = Field("reason", "Reason", "area", required=False)


def why(missing: str, hint: str = "It stands in the history.") -> Field:
    return Field("reason", "Reason", "area", hint=hint, missing=missing)


# fmt: off
ACTS: tuple[Act, ...] = (
    # One location of a case
    Act("confirm", "Confirm the end", "part", CASE_WORK, doings.confirm, c.moved_by(Move.confirm),
        will="{location} is scheduled to end, and {customer} gets an e-mail with the date.",
        fields=(PERSON, HOW,
                Field("for", "Newly agreed date", "date", hint=c.date_hint, required=False),
                TYPED),
        icon="check", key="c s", tone="danger", shows="goes", preview=doings.would_confirm),
    Act("defer", "Defer until the port completes", "part", CASE_WORK, doings.defer, c.moved_by(Move.defer),
        will="The cancellation waits; {location} stays on and is billed until a new date is confirmed.",
        fields=(Field("for", "Look again on", "date", hint=c.review_hint, required=c.is_deferred),
                Field("paragraph", "A paragraph of your own for the e-mail", "area", required=False,
                      is_shown=c.is_new_wait)),
        icon="port", key="d", shows="ports", preview=doings.defer),
    Act("reschedule", "Agree another date", "part", CASE_WORK, doings.reschedule, c.moved_by(Move.reschedule),
        will="{location} ends on the new date instead, and {customer} gets an e-mail.",
        fields=(Field("for", "New date", "date", hint=c.new_date_hint, missing="Say the new date."),
                PERSON, HOW, MAY_WHY),
        icon="cal", key="s", shows="goes", preview=doings.would_reschedule),
    Act("approve", "Approve the end", "part", MANAGER, doings.approve, c.waits_for_me,
        will="{location} may end as planned. Without your approval it waits.",
        icon="check", tone="danger", shows="goes"),
    Act("retry", "Retry the run", "part", CASE_WORK, doings.retry, c.moved_by(Move.retry),
        will="The run at {location} goes on with the steps that remain. What is done is not repeated.",
        icon="refresh", tone="danger", shows="goes"),
    Act("numbers", "Decide numbers", "part", CASE_WORK, doings.numbers, c.part_is_open,
        will="What becomes of each number is written down with its evidence. Nothing ends by this.",
        fields=(Field("numbers", "Numbers", "checks", options=c.numbers,
                      missing="Choose at least one number."),
                Field("to", "What becomes of them", "radios", options=c.decisions,
                      missing="Choose what becomes of them."),
                Field("moved_to", "Moved to", "choice", options=c.other_locations, required=False),
                Field("evidence", "Evidence", required=False,
                      hint="Who said so, or where it is seen. Empty: the requester's word, today.")),
        icon="list"),
    Act("check", "Check now", "part", CASE_WORK, doings.check, c.part_is_open,
        will="The platform and the carriers are read now; the case follows what they show.",
        icon="refresh", at_once=True, only_looks=True),
    Act("override", "Override a line", "part", MANAGER, doings.override, c.can_override,
        will="The line counts as met for {location}, in your name. Ports and numbers are never overridden.",
        fields=(Field("gate", "Which line", "radios", options=c.lines_to_override,
                      missing="Choose the line."),
                why("Say why it is overridden.")),
        icon="alert"),
    Act("withdraw", "Withdraw the request", "part", CASE_WORK, doings.withdraw, c.moved_by(Move.withdraw),
        will="{location} stays on, and {customer} gets an e-mail that says so.",
        fields=(Field("reason", "Why they stay", "area", required=False),),
        icon="undo", key="w", preview=doings.withdraw),
    Act("decline", "Decline the request", "part", CASE_WORK, doings.decline, c.moved_by(Move.decline),
        will="The request ends; {location} stays on, and {customer} reads the reason in an e-mail.",
        fields=(why("Say why it is declined: the customer reads it.", "The customer reads it."),),
        icon="x", preview=doings.decline),
    Act("dispute", "Record a dispute", "part", CASE_WORK, doings.dispute, c.has_lost_numbers,
        will="It is written down that {customer} disputes the loss of a number. Nothing can be brought back.",
        fields=(Field("numbers", "Numbers", "checks", options=c.lost_numbers,
                      missing="Choose at least one number."),
                why("Say what the customer disputes.", "The customer's words, for the figures.")),
        icon="alert"),
    # The case
    Act("contact", "Log contact", "case", CASE_WORK, doings.contact, c.is_open,
        will="One attempt to reach {customer} is written down; it counts from now.",
        fields=(Field("person", "Who", "choice", options=c.people, default=c.requester),
                Field("other", "Somebody else", required=False,
                      hint="Name or e-mail address, in place of the above."),
                Field("channel", "How", "choice", options=c.channels),
                Field("outcome", "What happened", "radios", options=c.outcomes, missing="Say what happened."),
                Field("authenticated", "How they were authenticated", "choice", options=c.authentications,
                      default="none", hint="Before numbers or account details are discussed."),
                Field("next_try", "Next try", "moment", required=False,
                      hint="Becomes the case's next action."),
                Field("note", "Note", "area", required=False, hint="Only staff see it.")),
        shows="script", icon="phone", key="l", preview=doings.would_miss),
    Act("message", "Write an e-mail", "case", CASE_WORK, doings.message, c.is_open,
        will="{customer} gets your words with the status of the case under them.",
        fields=(Field("subject", "Subject", required=False),
                Field("text", "Message", "area", missing="Write the message.")),
        icon="mail", preview=doings.message),
    Act("note", "Add a note", "case", CASE_WORK, doings.add_note, c.ever,
        will="Only staff see it.",
        fields=(Field("text", "Note", "area", missing="Write the note."),),
        icon="note", key="m"),
    Act("add_file", "Add a file", "case", CASE_WORK, doings.add_file, c.ever,
        will="The file is kept with {reference} as evidence. Only staff see it.",
        fields=(Field("file", "File", "file", hint=c.file_hint, missing="Choose a file."),
                Field("number", "About a number", "choice", options=c.case_numbers, required=False)),
        icon="plus"),
    Act("take", "Assign to me", "case", CASE_WORK, doings.take, c.is_not_mine,
        will="You become the owner of {reference}.",
        icon="user", key="a", at_once=True),
    Act("assign", "Assign", "case", CASE_WORK, doings.assign, c.is_open,
        will="{reference} gets another owner, whose letters and queue it is then.",
        fields=(Field("to", "Owner", "choice", options=c.staff, default=c.owner, required=False),),
        icon="people", key="A"),
    Act("hold", "Put on hold", "case", MANAGER, doings.hold, c.is_not_held,
        will="Nothing in {reference} is confirmed, rescheduled, retried or begun until it is released.",
        fields=(why("Say why it is held."),),
        icon="pause", key="h"),
    Act("release", "Release the hold", "case", MANAGER, doings.release, c.is_held,
        will="What is due in {reference} begins at once.",
        fields=(MAY_WHY,),
        icon="refresh"),
    Act("keep_records", "Keep the records", "case", MANAGER, doings.keep_records, c.may_keep_records,
        will="A legal hold: the records of {reference} are kept, however old, until a manager ends it.",
        fields=(why("Say why the records are kept."),),
        icon="inbox"),
    Act("end_legal_hold", "End the legal hold", "case", MANAGER, doings.end_legal_hold, c.keeps_records,
        will="The records of {reference} are anonymised once they are old enough.",
        fields=(MAY_WHY,),
        icon="undo"),
    # Entries and letters
    Act("strike", "Strike the entry", "contact", MANAGER, doings.strike, c.is_not_struck,
        will="The entry stays visible and no longer counts; a clock it stopped may run again.",
        fields=(why("Say why the entry is struck."),),
        icon="x"),
    Act("drop_try", "Dismiss the reminder", "contact", CASE_WORK, doings.drop_try, c.has_my_next_try,
        will="You are not reminded of this try any more; the case shows no next try.",
        icon="x", at_once=True),
    Act("remove_file", "Remove the file", "file", MANAGER, doings.remove_file, c.is_kept,
        will="Its content is deleted; the case still shows that it was there, and why it went.",
        fields=(why("Say why the file is removed."),),
        icon="x"),
    Act("came_back", "This letter came back", "letter", CASE_WORK, doings.came_back, c.was_accepted,
        will="The letter no longer counts as contact; a clock it stopped may run again.",
        fields=(Field("reason", "What the mail server said", required=False),),
        icon="undo"),
    Act("send_again", "Correct the address and send again", "letter", CASE_WORK, doings.send_again,
        c.has_failed,
        will="The same letter leaves once more, to this address and to the address of record.",
        fields=(Field("address", "E-mail address of the requester", "email", default=c.requester_address,
                      missing="Give an e-mail address."),),
        icon="mail"),
    # The desk
    Act("claim", "Claim the next case", "desk", CASE_WORK, doings.claim, c.ever,
        will="The most urgent case without an owner becomes yours.",
        icon="inbox", at_once=True),
    Act("stop_all", "Stop all terminations", "desk", STOPPING, doings.stop_all, c.ever,
        will="No location is ended until a second person starts again. Customers keep service.",
        icon="stop", tone="danger", at_once=True),
    Act("start_again", "Start terminations again", "desk", STOPPING, doings.start_again,
        c.stopped_by_another,
        will="Runs that are due begin at once. It takes somebody else than who stopped them.",
        icon="power", tone="danger"),
    # The team
    Act("invite", "Invite somebody", "desk", ADMIN, doings.invite, c.ever,
        will="They get an e-mail with a link to choose a password. Until then nobody can sign in as them.",
        fields=(Field("email", "E-mail address", "email", missing="Give an e-mail address."),
                Field("name", "Name", hint="As colleagues and customers read it.", missing="Give the name."),
                Field("role", "Role", "radios", options=c.roles, missing="Choose the role.")),
        icon="plus"),
    Act("change_role", "Change the role", "user", ADMIN, doings.change_role, c.is_in_use,
        will="{person} signs in again and may do what the new role may.",
        fields=(Field("role", "Role", "radios", options=c.roles, default=c.present_role,
                      missing="Choose the role."),),
        icon="people"),
    Act("set_away", "Set days of absence", "user", STOPPING, doings.set_away, c.is_in_use,
        will="Letters about {person}'s cases go to the managers on these days. Empty days: {person} is back.",
        fields=(Field("first", "First day", "date", required=False, default=c.away_from),
                Field("last", "Last day", "date", required=False, default=c.away_until,
                      hint="Empty: until somebody says that it is over.")),
        icon="pause"),
    Act("reassign", "Reassign all", "user", MANAGER, doings.reassign, c.owns_cases,
        will="Every open case of {person} gets another owner, whose letters and queue it is then.",
        fields=(Field("to", "To", "choice", options=c.others_here, missing="Choose who gets the cases."),),
        icon="people", shows="reassign"),
    Act("send_link", "Send the password link again", "user", ADMIN, doings.send_link, c.is_in_use,
        will="{person} gets an e-mail with a link to choose a password. The present one works until then.",
        icon="mail"),
    Act("sign_out_everywhere", "Sign out everywhere", "user", ADMIN, doings.sign_out_everywhere, c.is_in_use,
        will="Every session of {person} ends at once. What was typed and not sent is kept on the page.",
        icon="out"),
    Act("deactivate", "Deactivate", "user", ADMIN, doings.deactivate, c.is_in_use,
        will="{person} is signed out at once and cannot sign in. Nothing is deleted: the history names them.",
        icon="x", tone="danger"),
    Act("take_back", "Take back into use", "user", ADMIN, doings.take_back, c.is_not_in_use,
        will="{person} gets an e-mail with a link to choose a password, and can sign in again.",
        icon="undo"),
)
# fmt: on
BY_NAME = {act.name: act for act in ACTS}


def of(about: str) -> list[Act]:
    return [act for act in ACTS if act.about == about]


def possible(about: str, scene: Scene) -> list[Act]:
    """The acts that this person may do on this now, in the order of the table."""
    return [act for act in of(about) if scene.me.role in act.roles and act.is_possible(scene)]
