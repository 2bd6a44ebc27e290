using System.Collections.Concurrent;
using System.Text.Json;

namespace EventTriggers.Triggers.Conditions;

/// <summary>
/// An index of many patterns for events of one type. It reads an event once, and only the fields that patterns use. The values of one field
/// lead to each clause: the field that leads to the fewest clauses when the clause is added. Only the clauses found this way are evaluated.
/// Several threads may match at once, but not while a pattern is added or removed.
/// </summary>
internal sealed class PatternIndex
{
    private readonly FieldPath _root = FieldPath.NewRoot();
    private readonly Posting _always = new();
    private readonly HashSet<PatternEntry> _unconditional = [];
    private readonly Stack<int> _free = [];
    private readonly ConcurrentBag<Projection> _idle = [];
    private int _ids;

    /// <summary>Gets the names that patterns use, as pointers.</summary>
    internal IEnumerable<string> Names => _root.Names;

    private bool HasNoClauses => _ids == _free.Count;

    /// <summary>Adds a pattern.</summary>
    /// <param name="pattern">The pattern; <see langword="null"/> for a pattern that every event matches.</param>
    /// <param name="entry">The entry that the pattern leads to.</param>
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
    /// <param name="matches">Receives the entries, each once.</param>
    /// <param name="spent">Receives the undecided entries: deciding takes more than <see cref="EventPattern.MaxSteps"/> steps.</param>
    /// <exception cref="JsonException">The payload is not exactly one JSON value, or it is deeper than 64 levels.</exception>
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
            if (!projection.IsDone(clause.Entry))
            {
                Evaluate(clause, root, json, projection, matches, spent);
            }
        }

        if (!projection.IsLarge)
        {
            _idle.Add(projection);
        }
    }

    /// <summary>Reads an event and collects the clauses that it may satisfy. It satisfies no other clause.</summary>
    /// <returns>The number of the object that is the whole event.</returns>
    internal int FindCandidates(ReadOnlySpan<byte> json, Projection projection)
    {
        projection.Begin(_ids);
        var root = -1;
        var reader = new Utf8JsonReader(json);
        reader.Read();

        // A pattern describes an object, so no other payload matches.
        if (reader.TokenType == JsonTokenType.StartObject)
        {
            projection.Add(_always);
            root = projection.ReadObject(ref reader, json, _root);
            projection.FindRanges();
        }

        while (reader.Read())
        {
            // A payload that is not an object is read to its end as well, and nothing may follow the object.
        }

        return root;
    }

    private static void Evaluate(
        Clause clause, int root, ReadOnlySpan<byte> json, Projection projection, List<PatternEntry> matches, List<PatternEntry>? spent)
    {
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
