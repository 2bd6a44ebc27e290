namespace EventTriggers.Triggers.Conditions;

/// <summary>What one value of an event may be.</summary>
internal abstract class ValueTest
{
    /// <summary>Gets what it costs at most to ask a value.</summary>
    public virtual MatchCost Cost => new(1, 0);

    public abstract bool Matches(in JsonLeaf leaf);

    /// <summary>Tells about how many clauses of a field's index an event would have to look at to find one that is entered by this test.</summary>
    public virtual int CostIn(FieldIndex index) => FieldIndex.CostOfAny + index.Any.Count;

    /// <summary>Enters a clause where a value that may pass finds it. What no look-up can tell is entered for every value.</summary>
    public virtual void Enter(FieldIndex index, Clause clause) => index.Any.Add(clause);

    public virtual void Leave(FieldIndex index, Clause clause) => index.Any.Remove(clause);
}
