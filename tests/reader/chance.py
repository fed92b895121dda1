# SPDX-License-Identifier: ISC
"""Documents by chance: few elements, each of few values or absent, so that writers meet."""


def code(x):
    return {"coding": [{"system": "http://s.example", "code": x}]}


class Chance:
    def __init__(self, rnd):
        self.rnd = rnd

    def some(self, make, keys, most=3):
        return [make(k) for k in self.rnd.sample(keys, self.rnd.randint(0, min(most, len(keys))))]

    def pick(self, *values):
        return self.rnd.choice(values)

    def note(self, key):
        return {"id": key, "text": self.pick("x", "y")}

    def activity(self, key):
        detail = {"code": code(key), "status": self.pick("scheduled", "completed"), "description": self.pick("x", "y"),
                  "goal": self.some(lambda g: {"reference": "Goal/" + g}, "ab")}
        both = {"detail": detail, "progress": self.some(self.note, "ab")}
        return {k: v for k, v in both.items() if self.rnd.random() < .8}

    def item(self, key):
        return {"linkId": key, "text": self.pick("x", "y"), "item": self.some(
            lambda k: {"linkId": key + k, "answer": [{"valueString": self.pick("1", "2")}]}, "12")}

    def tag(self, key):
        return {"system": "t", "code": key, "display": self.pick("x", "y")}

    def elements(self):
        pick, some = self.pick, self.some
        return {
            "Observation": {
                "status": lambda: pick("final", "amended", "entered-in-error"), "code": lambda: code(pick("a", "b")),
                "valueString": lambda: pick("1", "2"), "valueInteger": lambda: pick(1, 2), "_status": lambda: {"id": pick("s", "t")},
                "note": lambda: [{"text": pick("x", "y")}], "category": lambda: some(code, "abcd"),
                "performer": lambda: some(lambda k: {"reference": "Practitioner/" + k, "display": pick("d", "e")}, "abc")},
            "MedicationStatement": {
                "status": lambda: pick("active", "stopped"), "dosage": lambda: [{"text": pick("1", "2")}],
                "medicationCodeableConcept": lambda: code(pick("m", "n")), "note": lambda: some(self.note, "ab"),
                "reasonCode": lambda: some(lambda k: dict(code(k), text=pick("x", "y")), "abc")},
            "Condition": {
                "verificationStatus": lambda: code(pick("confirmed", "refuted", "entered-in-error")),
                "code": lambda: code(pick("a", "b")), "clinicalStatus": lambda: code(pick("active", "resolved")),
                "abatementString": lambda: pick("1", "2"),
                "identifier": lambda: some(lambda k: {"system": "s", "value": k, "use": pick("usual", "old")}, "abc")},
            "CarePlan": {
                "status": lambda: pick("active", "completed"), "title": lambda: pick("x", "y"),
                "activity": lambda: some(self.activity, "abcd")},
            "QuestionnaireResponse": {
                "status": lambda: pick("completed", "amended"), "item": lambda: some(self.item, "abc")},
            "Goal": {
                "lifecycleStatus": lambda: pick("active", "completed"), "statusDate": lambda: pick("2020", "2021"),
                "startDate": lambda: pick("2018", "2019"), "description": lambda: {"text": pick("x", "y")},
                "meta": lambda: pick({"versionId": pick("1", "2"), "tag": some(self.tag, "ab")}, {"profile": ["http://p"]}),
                "extension": lambda: some(lambda k: {"url": "http://" + k, "valueString": pick("x", "y")}, "ab")},
            "Made": {  # no type of R4
                "what": lambda: pick("x", "y"), "more": lambda: pick(1, 2), "meta": lambda: {"tag": some(self.tag, "ab")}},
        }

    def document(self, kind, number):
        made = {name: make() for name, make in self.elements()[kind].items() if self.rnd.random() < .7}
        names = list(made)
        if self.rnd.random() < .3:
            self.rnd.shuffle(names)
        return dict({"resourceType": kind, "id": f"{kind.lower()}-{number}"},
                    **{k: made[k] for k in names if made[k] != [] or self.rnd.random() < .1})
