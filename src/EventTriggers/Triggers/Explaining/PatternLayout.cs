using EventTriggers.Diagnostics;
using EventTriggers.Triggers.Conditions;

namespace EventTriggers.Triggers.Explaining;

/// <summary>
/// Lays a pattern out over a payload: which field wanted which values, and which value was found there. The tests of values are those that
/// match events.
/// </summary>
internal sealed class PatternLayout
{
    private readonly PayloadTree _payload;
    private long _left = EventPattern.MaxSteps;

    private PatternLayout(PayloadTree payload) => _payload = payload;

    /// <summary>How far a part of a pattern is met, in the order of what decides.</summary>
    private enum Result
    {
        Absent,
        Yes,
        No,
    }

    private bool IsSpent => _left < 0;

    /// <summary>Lays out the alternative of a pattern that holds, or else the one of which most fields do.</summary>
    /// <param name="pattern">The pattern.</param>
    /// <param name="json">The payload.</param>
    /// <returns>The fields, and the number of alternatives. No fields if laying them out takes too many steps.</returns>
    /// <exception cref="System.Text.Json.JsonException">The payload is not exactly one JSON value, or too deep.</exception>
    public static (IReadOnlyList<FieldExplanation> Fields, int Alternatives) Create(EventPattern pattern, ReadOnlyMemory<byte> json)
    {
        var alternatives = PatternParser.Parse(pattern.ToString(), quotes: true);
        var payload = new PayloadTree(json, alternatives.SelectMany(NamesOf).Distinct(StringComparer.Ordinal));
        if (payload.Root.Kind != System.Text.Json.JsonTokenType.StartObject)
        {
            var whole = new FieldExplanation { Path = "$", Wanted = "an object", Found = payload.Quote(payload.Root), Holds = false };
            return ([whole], alternatives.Count);
        }

        var layout = new PatternLayout(payload);
        Part? best = null;
        foreach (var alternative in alternatives)
        {
            var part = layout.Lay(alternative, payload.Root, "$");
            if (layout.IsSpent)
            {
                break;
            }

            best = best is null || part.IsBetterThan(best) ? part : best;
            if (best.Result != Result.No)
            {
                break;
            }
        }

        return (best?.Fields ?? [], alternatives.Count);
    }

    private static IEnumerable<string> NamesOf(Conjunction condition) =>
        condition.Fields.Select(static field => field.Name)
            .Concat(condition.Children.SelectMany(static child => NamesOf(child.Value).Prepend(child.Key)));

    // The values below a name: the elements of arrays one by one, arrays of arrays as well.
    private static IEnumerable<(PayloadNode Node, string Path)> Flatten(PayloadNode? node, string path) =>
        node is null ? []
        : node.Kind == System.Text.Json.JsonTokenType.StartArray
            ? node.Elements.SelectMany((element, i) => Flatten(element, FormattableString.Invariant($"{path}[{i}]")))
        : [(node, path)];

    private static PayloadNode? Find(PayloadNode? node, string name) =>
        node is not null && node.Members.TryGetValue(PayloadText.NameOf(name), out var member) ? member : null;

    // node: the object; null where the payload has none.
    private Part Lay(Conjunction condition, PayloadNode? node, string path)
    {
        var all = new Part(Result.Absent, []);
        foreach (var field in condition.Fields)
        {
            all.Add(LayField((QuotedConstraint)field, Find(node, field.Name), $"{path}.{field.Name}"));
        }

        foreach (var (name, child) in condition.Children)
        {
            all.Add(LayChild(child, Find(node, name), $"{path}.{name}"));
        }

        return all;
    }

    private Part LayField(QuotedConstraint field, PayloadNode? node, string path)
    {
        var (hasValue, wanted) = (false, Excerpt.Of(field.Wanted, PayloadTree.MaxQuoted));
        foreach (var (value, at) in Flatten(node, path))
        {
            // An object is not a value.
            if (value.Leaf >= 0)
            {
                hasValue = true;
                var leaf = _payload.LeafOf(value);
                _left -= field.Cost.For(leaf);
                if (IsSpent || field.Matches(leaf))
                {
                    return Part.Of(Result.Yes, at, wanted, _payload.Quote(value));
                }
            }
        }

        return Part.Of(
            field.MayBeAbsent && !hasValue ? Result.Absent : Result.No, path, wanted, node is null ? null : _payload.Quote(node));
    }

    // One of several objects must satisfy all of it: the one that does, or else the one that comes nearest.
    private Part LayChild(Conjunction child, PayloadNode? node, string path)
    {
        Part? best = null;
        foreach (var (value, at) in Flatten(node, path))
        {
            if (value.Kind == System.Text.Json.JsonTokenType.StartObject && !IsSpent)
            {
                _left--;
                var part = Lay(child, value, at);
                best = best is null || part.IsBetterAmongElementsThan(best) ? part : best;
                if (best.Result == Result.Yes)
                {
                    break;
                }
            }
        }

        return best ?? Lay(child, node: null, path);
    }

    /// <summary>A part of the pattern over a part of the payload.</summary>
    private sealed class Part(Result result, List<FieldExplanation> fields)
    {
        public Result Result { get; private set; } = result;

        public List<FieldExplanation> Fields => fields;

        private int Differing => fields.Count(static one => !one.Holds);

        public static Part Of(Result result, string path, string wanted, string? found) =>
            new(result, [new FieldExplanation { Path = path, Wanted = wanted, Found = found, Holds = result != Result.No }]);

        public void Add(Part other)
        {
            fields.AddRange(other.Fields);
            Result = other.Result > Result ? other.Result : Result;
        }

        public bool IsBetterThan(Part other) =>
            Result == Result.No ? other.Result == Result.No && Differing < other.Differing : other.Result == Result.No;

        // An element in which every optional field is absent does not decide for the others.
        public bool IsBetterAmongElementsThan(Part other) =>
            Result == Result.Yes || (Result == Result.No && (other.Result == Result.Absent || Differing < other.Differing));
    }
}
