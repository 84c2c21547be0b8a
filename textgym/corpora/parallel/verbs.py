"""The verbs of both languages, with what they take and what they can be said of."""

from __future__ import annotations

from dataclasses import dataclass, field

from textgym.corpora.parallel.english import third_person
from textgym.corpora.parallel.german import HABEN, SEIN, WAR, first_person
from textgym.corpora.parallel.nouns import Noun, of_kinds

# English base, past, participle ("+" a particle that lets a pronoun in, "~" a space)
# | German infinitive ("an+rufen" separable, "sich~" reflexive), third person, participle, "s" for sein
# | what it takes: acc, dat, both, goal, loc, put, at, none, or a preposition with its case (3 dative, 4 accusative)
# | kinds of subject | kinds of object | kinds of place where it happens; "-" for a state, without times
_TABLE = """
buy bought bought | kaufen kauft gekauft | acc | person | good | shop
sell sold sold | verkaufen verkauft verkauft | acc | person | good | market shop
eat ate eaten | essen isst gegessen | acc | person | food | kitchen eatery garden park
drink drank drunk | trinken trinkt getrunken | acc | person | drink | kitchen eatery garden
cook cooked cooked | kochen kocht gekocht | acc | person | boiled hot | kitchen
bake baked baked | backen backt gebacken | acc | person | baked | kitchen
read read read | lesen liest gelesen | acc | person | text | quiet room
write wrote written | schreiben schreibt geschrieben | acc | person | letter book novel article told | quiet office
see saw seen | sehen sieht gesehen | acc | person | person animal vehicle | outdoor settlement
find found found | finden findet gefunden | acc | person | small clothes pet | room garden
lose lost lost | verlieren verliert verloren | acc | person | small clothes | stop market beach
forget forgot forgotten | vergessen vergisst vergessen | acc | person | flat text | eatery stop
look~for looked~for looked~for | suchen sucht gesucht | acc | person | small clothes pet person | room outdoor
repair repaired repaired | reparieren repariert repariert | acc | person | vehicle device furniture | garden cellar
wash washed washed | waschen wäscht gewaschen | acc | person | clothes car | cellar
clean cleaned cleaned | putzen putzt geputzt | acc | person | room opening shoe bicycle | .
paint painted painted | malen malt gemalt | acc | person | picture house castle horse tree | outdoor
build built built | bauen baut gebaut | acc | person | built furniture | settlement
visit visited visited | besuchen besucht besucht | acc | person | person sight | .
love loved loved | lieben liebt geliebt | acc | person | kin pet city told | -
like liked liked | mögen mag gemocht | acc | person | person animal food drink clothes occasion film told | -
need needed needed | brauchen braucht gebraucht | acc | person | good thing | -
know knew known | kennen kennt gekannt | acc | person | person told sight | -
understand understood understood | verstehen versteht verstanden | acc | person | query text puzzle | -
carry carried carried | tragen trägt getragen | acc | person | heavy furniture | .
open opened opened | öffnen öffnet geöffnet | acc | person | closed opening | .
close closed closed | schließen schließt geschlossen | acc | person | opening bag suitcase | .
sing sang sung | singen singt gesungen | acc | person | song | church theatre garden
play played played | spielen spielt gespielt | acc | person | game | park garden school
feed fed fed | füttern füttert gefüttert | acc | person | animal | .
plant planted planted | pflanzen pflanzt gepflanzt | acc | person | plant | green
solve solved solved | lösen löst gelöst | acc | person | puzzle | .
answer answered answered | beantworten beantwortet beantwortet | acc | person | query letter | .
photograph photographed photographed | fotografieren fotografiert fotografiert | acc | person | person animal sight | .
greet greeted greeted | begrüßen begrüßt begrüßt | acc | person | person | town market
meet met met | treffen trifft getroffen | acc | person | person | outdoor eatery stop
watch watched watched | beobachten beobachtet beobachtet | acc | person cat | bird animal | garden forest
call called called | an+rufen ruft angerufen | acc | person | person | .
invite invited invited | ein+laden lädt eingeladen | acc | person | person | .
pick+up picked picked | ab+holen holt abgeholt | acc | person | person suitcase present ticket | stop
tidy+up tidied tidied | auf+räumen räumt aufgeräumt | acc | person | room cupboard desk | .
put+on put put | an+ziehen zieht angezogen | acc | person | clothes | .
try+on tried tried | an+probieren probiert anprobiert | acc | person | clothes | shop
throw+away threw thrown | weg+werfen wirft weggeworfen | acc | person | small clothes text | .
prepare prepared prepared | vor+bereiten bereitet vorbereitet | acc | person | meal occasion trip exam | .
bring+along brought brought | mit+bringen bringt mitgebracht | acc | person | good | .
borrow borrowed borrowed | aus+leihen leiht ausgeliehen | acc | person | text car bicycle boat camera umbrella | .
look~at looked~at looked~at | an+schauen schaut angeschaut | acc | person | image film clothes sight | .
turn+on turned turned | ein+schalten schaltet eingeschaltet | acc | person | device | .
turn+off turned turned | aus+schalten schaltet ausgeschaltet | acc | person | device | .
unpack unpacked unpacked | aus+packen packt ausgepackt | acc | person | closed | room
get~to~know got~to~know got~to~know | kennen+lernen lernt kennengelernt | acc | person | person | eatery trip beach
help helped helped | helfen hilft geholfen | dat | person | person | kitchen garden town
thank thanked thanked | danken dankt gedankt | dat | person | person | .
congratulate congratulated congratulated | gratulieren gratuliert gratuliert | dat | person | person | .
follow followed followed | folgen folgt gefolgt s | dat | person animal | person animal | .
trust trusted trusted | vertrauen vertraut vertraut | dat | person | person | -
listen~to listened~to listened~to | zu+hören hört zugehört | dat | person | person | school
belong~to belonged~to belonged~to | gehören gehört gehört | dat | vehicle thing clothes pet | person | -
wait~for waited~for waited~for | warten wartet gewartet | auf4 | person | person ride | stop
think~of thought~of thought~of | denken denkt gedacht | an4 | person | person topic | .
talk~about talked~about talked~about | sprechen spricht gesprochen | über4 | person | topic text | eatery school
dream~of dreamt~of dreamt~of | träumen träumt geträumt | von3 | person | trip house garden car horse island | .
play~with played~with played~with | spielen spielt gespielt | mit3 | person pet | toy pet child | green room
laugh~about laughed~about laughed~about | lachen lacht gelacht | über4 | person | told film plan | .
talk~to talked~to talked~to | reden redet geredet | mit3 | person | person | outdoor town
look~forward~to looked~forward~to x | sich~freuen freut gefreut | auf4 | person | occasion film trip | .
remember remembered x | sich~erinnern erinnert erinnert | an4 | person | person topic told | .
take~care~of took~care~of x | sich~kümmern kümmert gekümmert | um4 | person | person animal garden | .
get~annoyed~about got~annoyed~about x | sich~ärgern ärgert geärgert | über4 | person | person topic | .
complain~about complained~about x | sich~beschweren beschwert beschwert | über4 | person | meal topic hotel ride | .
fall~in~love~with fell~in~love~with x | sich~verlieben verliebt verliebt | in4 | person | teacher baker student | .
say~goodbye~to said~goodbye~to x | sich~verabschieden verabschiedet verabschiedet | von3 | person | person | stop
take~part~in took~part~in x | teil+nehmen nimmt teilgenommen | an3 | person | trip exam occasion | .
give gave given | geben gibt gegeben | both | person | small clothes | .
show showed shown | zeigen zeigt gezeigt | both | person | image small place clothes | .
send sent sent | schicken schickt geschickt | both | person | letter newspaper book article present photo map | .
bring brought brought | bringen bringt gebracht | both | person | food hot small | .
lend lent lent | leihen leiht geliehen | both | person | car bicycle motorcycle boat small umbrella camera | .
live lived lived | wohnen wohnt gewohnt | loc | person | settlement island house hotel | -
work worked worked | arbeiten arbeitet gearbeitet | loc | person | town job garden | .
sleep slept slept | schlafen schläft geschlafen | loc | person pet | bedroom hotel garden | .
wait waited waited | warten wartet gewartet | loc | person | stop eatery bridge school | .
dance danced danced | tanzen tanzt getanzt | loc | person | eatery beach living~room | .
swim swam swum | schwimmen schwimmt geschwommen s | loc | person duck | shore | .
stay stayed stayed | bleiben bleibt geblieben s | loc | person | room town settlement | .
shop shopped shopped | ein+kaufen kauft eingekauft | loc | person | city market bakery | .
arrive arrived arrived | an+kommen kommt angekommen s | loc | person ride | stop hotel | .
wake+up woke woken | auf+wachen wacht aufgewacht s | loc | person | hospital hotel bedroom | .
rest rested rested | sich~aus+ruhen ruht ausgeruht | loc | person | garden living~room beach hotel | .
go went gone | gehen geht gegangen s | goal | person | town green market shore room | .
drive drove driven | fahren fährt gefahren s | goal | person ride | town settlement beach | .
run ran run | laufen läuft gelaufen s | goal | person animal | green outdoor school | .
come+back came come | zurück+kommen kommt zurückgekommen s | none | person cat dog | . | .
get+up got got | auf+stehen steht aufgestanden s | none | person | . | .
fall~asleep fell~asleep x | ein+schlafen schläft eingeschlafen s | none | person pet | . | .
watch~television watched~television x | fern+sehen sieht ferngesehen | none | person | . | living~room
hurry hurried x | sich~beeilen beeilt beeilt | none | person | . | .
sit~down sat~down x | sich~hin+setzen setzt hingesetzt | none | person | . | .
get~dressed got~dressed x | sich~an+ziehen zieht angezogen | none | person | . | bedroom
laugh laughed x | lachen lacht gelacht | none | person | . | .
cry cried x | weinen weint geweint | none | person | . | .
put put put | legen legt gelegt | put | person | flat | .
place placed placed | stellen stellt gestellt | put | person | upright | .
lie lay lain | liegen liegt gelegen | at | flat cat dog | . | -
stand stood stood | stehen steht gestanden | at | upright | . | -
"""
# Verbs that take a clause, by what introduces it.
_CLAUSAL = {
    "that": """
know knew known | wissen weiß gewusst | that | person | . | -
believe believed believed | glauben glaubt geglaubt | that | person | . | -
say said said | sagen sagt gesagt | that | person | . | -
hope hoped hoped | hoffen hofft gehofft | that | person | . | -
hear heard heard | hören hört gehört | that | person | . | -
""",
    "to": """
try tried tried | versuchen versucht versucht | to | person | . | -
promise promised promised | versprechen verspricht versprochen | to | person | . | -
decide decided decided | beschließen beschließt beschlossen | to | person | . | -
plan planned planned | planen plant geplant | to | person | . | -
begin began begun | an+fangen fängt angefangen | to | person | . | -
forget forgot forgotten | vergessen vergisst vergessen | to | person | . | -
""",
}


@dataclass(frozen=True, slots=True, eq=False)
class Verb:
    """A verb in both languages.

    Attributes:
        english: base form, past and participle, without a movable particle.
        particle: the English particle that a pronoun object goes before, or "".
        infinitive, participle: the German ones; `infinitive` without the separable `prefix`.
        present: German finite forms by person, "1", "3" or "p", without the prefix.
        perfect: the auxiliary of the perfect, "haben" or "sein".
        takes: "acc", "dat", "both", "goal", "loc", "put", "at", "none" or "prep".
        preposition, case: what a verb that takes "prep" puts its object in.
        subjects, objects, places: nouns that fit; for "goal" and "loc" the objects are the places.
        state: whether it is a state, which no time adverb or modal goes with.
        preterite: forms of the past of those verbs that German does not put into the perfect.
    """

    english: tuple[str, str, str]
    particle: str
    third: str
    infinitive: str
    prefix: str
    reflexive: bool
    present: dict[str, str]
    participle: str
    perfect: str
    takes: str
    preposition: str
    case: int
    subjects: tuple[Noun, ...]
    objects: tuple[Noun, ...]
    places: tuple[Noun, ...]
    state: bool
    preterite: dict[str, str] = field(default_factory=dict)

    @property
    def lemma(self) -> str:
        """The English base form with its particle."""
        return f"{self.english[0]} {self.particle}".strip()


def _kinds(field: str) -> tuple[Noun, ...]:
    return of_kinds(kind.replace("~", " ") for kind in field.split())


def _parse(line: str) -> Verb:
    english, german, takes, subjects, objects, places = (field.strip() for field in line.split("|"))
    base, past, participle = english.split()
    base, _, particle = base.partition("+")
    infinitive, third, de_participle, *perfect = german.split()
    reflexive = infinitive.startswith("sich~")
    prefix, _, stem = infinitive.removeprefix("sich~").rpartition("+")
    governed = takes[-1].isdigit()
    words = (base.replace("~", " "), past.replace("~", " "), participle.replace("~", " "))
    return Verb(
        english=words,
        particle=particle,
        third=third_person(words[0]),
        infinitive=stem,
        prefix=prefix,
        reflexive=reflexive,
        present={"1": first_person(stem, third), "3": third, "p": stem},
        participle=de_participle,
        perfect="sein" if perfect else "haben",
        takes="prep" if governed else takes,
        preposition=takes[:-1] if governed else "",
        case={"3": 2, "4": 1}[takes[-1]] if governed else {"dat": 2}.get(takes, 1),
        subjects=_kinds(subjects),
        objects=_kinds(objects),
        places=_kinds(places),
        state=places == "-",
    )


VERBS: tuple[Verb, ...] = tuple(map(_parse, _TABLE.strip().splitlines()))


def _plain(base: str, third: str, infinitive: str, present: dict[str, str], preterite: dict[str, str]) -> Verb:
    return Verb(
        english=(base, "had", base),
        particle="",
        third=third,
        infinitive=infinitive,
        prefix="",
        reflexive=False,
        present=present,
        participle="",
        perfect="haben",
        takes=base,
        preposition="",
        case=1,
        subjects=(),
        objects=(),
        places=(),
        state=True,
        preterite=preterite,
    )


BE = _plain("be", "is", "sein", SEIN, WAR)
HAVE = _plain("have", "has", "haben", HABEN, {"1": "hatte", "3": "hatte", "p": "hatten"})
# There is: in German it gives, with what there is as its object.
THERE = _plain("be", "is", "geben", {"3": "gibt"}, {"3": "gab"})
# What befalls people: nobody can, must or wants to do it.
_UNWILLED = (
    "lose",
    "forget",
    "find",
    "wake up",
    "fall asleep",
    "fall in love with",
    "get annoyed about",
    "dream of",
    "look forward to",
    "cry",
)
UNWILLED = tuple(verb for verb in VERBS if verb.lemma in _UNWILLED)
THAT_VERBS, TO_VERBS = (tuple(map(_parse, _CLAUSAL[word].strip().splitlines())) for word in ("that", "to"))
BY_LEMMA = {(verb.lemma, verb.takes): verb for verb in VERBS}
