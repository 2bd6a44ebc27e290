namespace EventTriggers;

/// <summary>A number within a range.</summary>
internal sealed class NumericTest(Range<decimal> range) : ValueTest
{
    public Range<decimal> Range => range;

    public override MatchCost Cost => new(3, 0);

    public override bool Matches(in JsonLeaf leaf) => leaf.IsNumber && range.Contains(leaf.Number);

    public override int CostIn(FieldIndex index) => index.Ranges.CostOf(range);

    public override void Enter(FieldIndex index, Clause clause) => index.Ranges.Add(range, clause);

    public override void Leave(FieldIndex index, Clause clause) => index.Ranges.Remove(range, clause);
}

/// <summary>An IP address within a network.</summary>
internal sealed class NetworkTest(Range<UInt128> network) : ValueTest
{
    public Range<UInt128> Network => network;

    public override MatchCost Cost => new(8, 0);

    public override bool Matches(in JsonLeaf leaf) => leaf.TryGetAddress(out var address) && network.Contains(address);

    public override int CostIn(FieldIndex index) => index.Networks.CostOf(network);

    public override void Enter(FieldIndex index, Clause clause) => index.Networks.Add(network, clause);

    public override void Leave(FieldIndex index, Clause clause) => index.Networks.Remove(network, clause);
}
