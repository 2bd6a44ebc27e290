namespace EventTriggers.Consuming.RateLimits;

/// <summary>The grants that one claim uses. Groups without limits have none, and may take what there is room for.</summary>
/// <param name="loops">Take the grants, by group; <see langword="null"/> for a group without limits. Empty where no group has any.</param>
internal sealed class ClaimGrants(IReadOnlyList<GrantLoop?> loops)
{
    private readonly Grants?[] _grants = new Grants?[loops.Count];
    private readonly bool[] _areOpen = new bool[loops.Count];

    /// <summary>Notes that a claim is about to be sent.</summary>
    /// <returns>How many deliveries of the group it may take.</returns>
    public int Begin(int group)
    {
        if (Find(group) is not { } loop)
        {
            return int.MaxValue;
        }

        _areOpen[group] = true;
        _grants[group] = loop.BeginClaim();
        return _grants[group]?.Left ?? 0;
    }

    /// <summary>Gets what a delivery of a group that the claim has leased began with.</summary>
    public Grants? Of(int group) => group < _grants.Length ? _grants[group] : null;

    /// <summary>Notes that the claim was answered.</summary>
    public void End(int group, int used)
    {
        if (Find(group) is { } loop)
        {
            _areOpen[group] = false;
            loop.EndClaim(used);
        }
    }

    /// <summary>Ends a claim that was not answered, for the groups for which that is so.</summary>
    public void AbandonRest()
    {
        for (var g = 0; g < _areOpen.Length; g++)
        {
            if (_areOpen[g])
            {
                _areOpen[g] = false;
                loops[g]!.AbandonClaim();
            }
        }
    }

    private GrantLoop? Find(int group) => group < loops.Count ? loops[group] : null;
}
