"""gen: one parameter file becomes a serverless service in many AWS regions.

`gen render` takes `params/<environment>.yaml` to a build. config/ reads it into typed values and
finds every mistake with its line. units.py says what is deployed, where, in which order. render/
turns each unit's Jinja template into CloudFormation and remembers where every line came from.
access/ computes what the StackSets' role must be allowed for that. lint/ proves the result with
cfn-lint and blames the template's own line. package/ makes a zip of each function that is the same
bytes on every machine. build/ gathers all of it, or refuses it whole, and writes
`build/<environment>/` with a manifest. picture/ reads the same rendered units as what people want
to see of them, for `gen docs` and `gen graph`.

What a project does not have itself, templates and functions that gen adds, gen brings along:
shipped.py says where. scaffold/ begins a project (`gen init`), which carries gen along for its own
builds, and takes templates over into one (`gen eject`).

`gen deploy` takes that manifest to AWS, and reads nothing else. releases/ says what a release is,
what became of it and what it would change. plan/ compares what should be with what is, and says
what has to be done, as data. aws/ is the edge: the only place that knows boto3. preflight/ looks at
what would stop a deployment half-way, before anything is made. deploy/ carries the plan out, unit
by unit and wave by wave, follows it, finds the root cause when it fails, sees that regions run what
they should, takes them back when they must not, and reads the state of it all. trial/ tries a build
out under names of its own, and deletes it again. doctor/ looks whether all is there that gen needs;
codes/ tells what every code means that anything says. report/ is what people see; cli/ is one thin
file per command. local.py starts the AWS stand-in of localcloud/, a program of its own.
"""

__version__ = "0.1.0"
