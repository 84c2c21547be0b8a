"""The nouns of both languages, by kind; compounds are put together from their parts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from textgym.corpora.parallel.english import plural_of
from textgym.corpora.parallel.german import noun_forms

# A row is: English[/plural] German gender plural [kinds]. Gender "mw" is a weak masculine (den Jungen),
# plural "-" a noun without one, "~" a space. The kinds of the heading hold for each row under it.
_TABLE = """
= person
teacher Lehrer m Lehrer
doctor Arzt m Ärzte
farmer Bauer mw Bauern
baker Bäcker m Bäcker
mechanic Mechaniker m Mechaniker
painter Maler m Maler
student Student mw Studenten
pupil Schüler m Schüler
boy Junge mw Jungen
girl Mädchen n Mädchen
man/men Mann m Männer
woman/women Frau f Frauen
child/children Kind n Kinder
neighbour Nachbar mw Nachbarn near
friend Freund m Freunde near
colleague Kollege mw Kollegen near
guest Gast m Gäste
customer Kunde mw Kunden
tourist Tourist mw Touristen
cook Koch m Köche
gardener Gärtner m Gärtner
policeman/policemen Polizist mw Polizisten
nurse Krankenschwester f Krankenschwestern
writer Schriftsteller m Schriftsteller
waitress Kellnerin f Kellnerinnen
actress Schauspielerin f Schauspielerinnen
= person kin near
father Vater m Väter only
mother Mutter f Mütter only
brother Bruder m Brüder
sister Schwester f Schwestern
uncle Onkel m Onkel
aunt Tante f Tanten
grandfather Großvater m Großväter only
grandmother Großmutter f Großmütter only
son Sohn m Söhne
daughter Tochter f Töchter
= animal
dog Hund m Hunde pet
cat Katze f Katzen pet
horse Pferd n Pferde
cow Kuh f Kühe
bird Vogel m Vögel pet
mouse/mice Maus f Mäuse
rabbit Kaninchen n Kaninchen pet
duck Ente f Enten
donkey Esel m Esel
= food good
apple Apfel m Äpfel fruit
orange Orange f Orangen fruit
pear Birne f Birnen fruit
tomato/tomatoes Tomate f Tomaten
potato/potatoes Kartoffel f Kartoffeln boiled
carrot Karotte f Karotten
egg Ei n Eier boiled
cake Kuchen m Kuchen baked
pizza Pizza f Pizzen baked
soup Suppe f Suppen boiled meal
salad Salat m Salate meal
sausage Wurst f Würste
bread Brot n - baked
cheese Käse m -
meat Fleisch n - boiled
rice Reis m - boiled
fish Fisch m - boiled
chocolate Schokolade f -
= drink good
water Wasser n -
milk Milch f -
coffee Kaffee m - hot
tea Tee m - hot
juice Saft m -
beer Bier n -
wine Wein m -
= text good flat small
book Buch n Bücher
letter Brief m Briefe
newspaper Zeitung f Zeitungen
novel Roman m Romane
= text
story/stories Geschichte f Geschichten told
poem Gedicht n Gedichte told
article Artikel m Artikel
= clothes good flat coloured
coat Mantel m Mäntel
shirt Hemd n Hemden
dress Kleid n Kleider
hat Hut m Hüte
jacket Jacke f Jacken
skirt Rock m Röcke
shoe Schuh m Schuhe
scarf/scarves Schal m Schals
sweater Pullover m Pullover
= vehicle good coloured
car Auto n Autos
bicycle Fahrrad n Fahrräder
motorcycle Motorrad n Motorräder
boat Boot n Boote built
= vehicle ride
bus Bus m Busse
train Zug m Züge
ship Schiff n Schiffe built
tram Straßenbahn f Straßenbahnen
= device good thing
computer Computer m Computer
camera Kamera f Kameras small
radio Radio n Radios
clock Uhr f Uhren
lamp Lampe f Lampen upright
machine Maschine f Maschinen
= furniture good thing coloured
table Tisch m Tische
chair Stuhl m Stühle
bed Bett n Betten
cupboard Schrank m Schränke
sofa Sofa n Sofas
shelf/shelves Regal n Regale
desk Schreibtisch m Schreibtische
= good thing small coloured
key Schlüssel m Schlüssel flat
cup Tasse f Tassen upright
bottle Flasche f Flaschen upright closed
bag Tasche f Taschen closed heavy
ball Ball m Bälle toy
umbrella Regenschirm m Regenschirme
suitcase Koffer m Koffer closed heavy
doll Puppe f Puppen toy
flower Blume f Blumen plant
rose Rose f Rosen plant
= good thing small
glass/glasses Glas n Gläser upright
knife/knives Messer n Messer flat
ticket Fahrkarte f Fahrkarten flat
photo Foto n Fotos image flat
picture Bild n Bilder image
map Karte f Karten image flat
present Geschenk n Geschenke closed
box/boxes Kiste f Kisten closed heavy
= good thing
tree Baum m Bäume plant
= opening
window Fenster n Fenster
door Tür f Türen
= game
football Fußball m -
chess Schach n -
tennis Tennis n -
= abstract
problem Problem n Probleme puzzle topic
question Frage f Fragen puzzle query
exercise Aufgabe f Aufgaben puzzle
film Film m Filme topic show
concert Konzert n Konzerte topic occasion
party/parties Feier f Feiern topic occasion
trip Reise f Reisen topic
exam Prüfung f Prüfungen topic
wedding Hochzeit f Hochzeiten topic occasion
plan Plan m Pläne topic
song Lied n Lieder
= place room
kitchen Küche f Küchen
living~room Wohnzimmer n Wohnzimmer
bedroom Schlafzimmer n Schlafzimmer
cellar Keller m Keller
office Büro n Büros job
= place town sight
church/churches Kirche f Kirchen built
museum Museum n Museen
castle Schloss n Schlösser
library/libraries Bibliothek f Bibliotheken quiet
theatre Theater n Theater
cinema Kino n Kinos
= place town
school Schule f Schulen built
hotel Hotel n Hotels
hospital Krankenhaus n Krankenhäuser job
restaurant Restaurant n Restaurants eatery
café Café n Cafés eatery
bakery/bakeries Bäckerei f Bäckereien shop
shop Laden m Läden shop
factory/factories Fabrik f Fabriken job
station Bahnhof m Bahnhöfe stop
airport Flughafen m Flughäfen stop
= place sight settlement
city/cities Stadt f Städte
village Dorf n Dörfer
= place built
house Haus n Häuser home
= place green outdoor
garden Garten m Gärten quiet
park Park m Parks quiet
forest Wald m Wälder
= place outdoor
market Markt m Märkte shop
lake See m Seen shore
river Fluss m Flüsse shore
beach/beaches Strand m Strände quiet
mountain Berg m Berge
island Insel f Inseln
bridge Brücke f Brücken built
"""

# English modifier, German modifier with its linking element, heads. The head gives gender and plural.
_COMPOUNDS = """
kitchen Küchen table chair cupboard lamp clock knife
garden Garten chair table
school Schul bus book friend
winter Winter coat jacket shoe
summer Sommer dress hat skirt
apple Apfel tree cake juice
tomato Tomaten soup salad juice
potato Kartoffel soup salad
orange Orangen juice tree
vegetable Gemüse soup
chocolate Schokoladen cake
birthday Geburtstags cake present party
wedding Hochzeits dress photo
coffee Kaffee cup machine
tea Tee cup
wine Wein glass bottle
city Stadt park map library museum
history Geschichts book teacher
music Musik teacher
office Büro chair lamp
police Polizei car dog
mountain Berg village
village Dorf school church
toy Spielzeug car
"""


@dataclass(frozen=True, slots=True, eq=False)
class Noun:
    """A noun in both languages.

    Attributes:
        english: singular and plural; equal for a noun without a plural.
        gender: German gender, "m", "f" or "n".
        sex: the gender of the pronoun that stands for it, which differs for das Mädchen.
        kinds: what verbs and adjectives select it by.
        forms: German forms, ``forms[plural][case]``.
        counted: whether it has a plural.
        compound: whether it is put together from two nouns.
    """

    english: tuple[str, str]
    gender: str
    sex: str
    kinds: frozenset[str]
    forms: tuple[tuple[str, ...], tuple[str, ...]]
    counted: bool
    compound: bool = False


def _rows() -> Iterator[Noun]:
    kinds: list[str] = []
    for line in _TABLE.strip().splitlines():
        if line.startswith("="):
            kinds = line[1:].split()
            continue
        english, german, gender, plural, *more = line.split()
        singular, _, irregular = english.replace("~", " ").partition("/")
        weak, counted = gender.endswith("w"), plural != "-"
        yield Noun(
            english=(singular, (irregular or plural_of(singular)) if counted else singular),
            gender=gender[0],
            sex="f" if singular == "girl" else gender[0],
            kinds=frozenset([*kinds, *more, singular]),
            forms=noun_forms(german, plural if counted else german, gender[0], weak),
            counted=counted,
        )


def _compounds(simple: Iterable[Noun]) -> Iterator[Noun]:
    by_name = {noun.english[0]: noun for noun in simple}
    for line in _COMPOUNDS.strip().splitlines():
        modifier, german, *heads = line.split()
        for name in heads:
            head = by_name[name]
            singular, plural = (tuple(german + form.lower() for form in forms) for forms in head.forms)
            yield Noun(
                english=(f"{modifier} {head.english[0]}", f"{modifier} {head.english[1]}"),
                gender=head.gender,
                sex=head.sex,
                kinds=(head.kinds - {name} - ({"good", "coloured"} if modifier in ("police", "toy") else set()))
                - ({"vehicle"} if modifier == "toy" else set())
                | ({"toy", "small", "thing"} if modifier == "toy" else set()),
                forms=(singular, plural),
                counted=head.counted,
                compound=True,
            )


_SIMPLE = tuple(_rows())
NOUNS: tuple[Noun, ...] = (*_SIMPLE, *_compounds(_SIMPLE))
BY_NAME = {noun.english[0]: noun for noun in NOUNS}


def of_kinds(kinds: Iterable[str]) -> tuple[Noun, ...]:
    """The nouns that are of one of `kinds`; a noun's own English name is a kind too."""
    wanted = set(kinds)
    return tuple(noun for noun in NOUNS if wanted & noun.kinds)
