using System.Collections.Concurrent;
using System.Text.Json;

namespace EventTriggers.Triggers.Conditions;

/// <summary>
/// Many patterns over events of one type. An event is read once, and only what patterns ask about. Each clause is found by one of its fields, the one that leads to the
/// fewest clauses when it is added; only clauses that are found so are looked at. Several threads may match at once, but not while a pattern is added or removed.
/// </summary>
internal sealed class PatternIndex
{
    private readonly FieldPath _root = FieldPath.NewRoot();
    private readonly Posting _always = new();
    private readonly HashSet<PatternEntry> _unconditional = [];
    private readonly Stack<int> _free = [];
    private readonly ConcurrentBag<Projection> _idle = [];
    private int _ids;

    /// <summary>Gets the names that patterns ask about, as pointers.</summary>
    internal IEnumerable<string> Names => _root.Names;

    private bool HasNoClauses => _ids == _free.Count;

    /// <summary>Adds a pattern.</summary>
    /// <param name="pattern">The pattern; <see langword="null"/> for one that every event matches.</param>
    /// <param name="entry">What it stands for.</param>
    public void Add(EventPattern? pattern, PatternEntry entry)
    {
        if (pattern is null)
        {
            _unconditional.Add(entry);
            return;
        }

        entry.Clauses = [.. pattern.Conditions.Select(condition => Enter(new Clause(entry, ClauseNode.Compile(condition, _root))))];
    }

    public void Remove(PatternEntry entry)
    {
        _unconditional.Remove(entry);
        foreach (var clause in entry.Clauses)
        {
            Leave(clause);
        }

        entry.Clauses = [];
    }

    /// <summary>Finds the entries whose pattern an event matches.</summary>
    /// <param name="json">The event's payload.</param>
    /// <param name="matches">Takes them, each once.</param>
    /// <param name="spent">Takes those of which it is not known, because it would take more than <see cref="EventPattern.MostSteps"/>.</param>
    /// <exception cref="JsonException">The payload is not one JSON value, or deeper than 64 levels.</exception>
    public void Match(ReadOnlySpan<byte> json, List<PatternEntry> matches, List<PatternEntry>? spent = null)
    {
        matches.AddRange(_unconditional);
        if (HasNoClauses)
        {
            return;
        }

        var projection = _idle.TryTake(out var idle) ? idle : new Projection();
        var root = FindCandidates(json, projection);
        foreach (var clause in projection.Candidates)
        {
            if (projection.IsDone(clause.Entry))
            {
                continue;
            }

            projection.Open(clause.Entry);
            if (clause.Root.Matches(root, json, projection))
            {
                projection.End(clause.Entry);
                matches.Add(clause.Entry);
            }
            else if (projection.IsSpent)
            {
                projection.End(clause.Entry);
                spent?.Add(clause.Entry);
            }
            else
            {
                projection.Keep(clause.Entry);
            }
        }

        if (!projection.IsLarge)
        {
            _idle.Add(projection);
        }
    }

    /// <summary>Reads an event, and notes the clauses that it may satisfy; all others it does not.</summary>
    /// <returns>The number of the whole event.</returns>
    internal int FindCandidates(ReadOnlySpan<byte> json, Projection projection)
    {
        projection.Begin(_ids);
        var root = -1;
        var reader = new Utf8JsonReader(json);
        reader.Read();

        // Patterns are of objects: nothing else matches any.
        if (reader.TokenType == JsonTokenType.StartObject)
        {
            projection.Add(_always);
            root = projection.ReadObject(ref reader, json, _root);
            projection.FindRanges();
        }

        while (reader.Read())
        {
            // What is no object is read to its end, too, and behind an object nothing may follow.
        }

        return root;
    }

    private Clause Enter(Clause clause)
    {
        clause.Id = _free.TryPop(out var free) ? free : _ids++;
        clause.Anchor = clause.Root.AllFields().Where(static field => !field.MayBeAbsent)
            .MinBy(static field => field.Tests.Sum(test => test.CostIn(field.Path.Index!)));
        if (clause.Anchor is null)
        {
            _always.Add(clause);
        }

        foreach (var test in clause.Anchor?.Tests ?? [])
        {
            test.Enter(clause.Anchor!.Path.Index!, clause);
        }

        return clause;
    }

    private void Leave(Clause clause)
    {
        if (clause.Anchor is null)
        {
            _always.Remove(clause);
        }

        foreach (var test in clause.Anchor?.Tests ?? [])
        {
            test.Leave(clause.Anchor!.Path.Index!, clause);
        }

        clause.Root.Release();
        _free.Push(clause.Id);
    }
}
