namespace EventTriggers.Triggers.Conditions;

/// <summary>A test of one value of an event.</summary>
internal abstract class ValueTest
{
    /// <summary>Gets the maximum cost of testing one value.</summary>
    public virtual MatchCost Cost => new(1, 0);

    public abstract bool Matches(in JsonLeaf leaf);

    /// <summary>Estimates how many clauses of a field's index a passing value leads to.</summary>
    public virtual int CostIn(FieldIndex index) => FieldIndex.CostOfAny + index.Any.Count;

    /// <summary>
    /// Adds a clause to the index, where a value that may pass this test leads to it. Without a fitting index, every value does.
    /// </summary>
    public virtual void Enter(FieldIndex index, Clause clause) => index.Any.Add(clause);

    public virtual void Leave(FieldIndex index, Clause clause) => index.Any.Remove(clause);
}
