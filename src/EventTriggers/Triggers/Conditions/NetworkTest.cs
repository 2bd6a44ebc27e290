namespace EventTriggers.Triggers.Conditions;

/// <summary>Passes an IP address that belongs to a network.</summary>
internal sealed class NetworkTest(ValueRange<UInt128> network) : ValueTest
{
    public ValueRange<UInt128> Network => network;

    public override MatchCost Cost => new(8, 0);

    public override bool Matches(in JsonLeaf leaf) => leaf.TryGetAddress(out var address) && network.Contains(address);

    public override int CostIn(FieldIndex index) => index.Networks.CostOf(network);

    public override void Enter(FieldIndex index, Clause clause) => index.Networks.Add(network, clause);

    public override void Leave(FieldIndex index, Clause clause) => index.Networks.Remove(network, clause);
}
