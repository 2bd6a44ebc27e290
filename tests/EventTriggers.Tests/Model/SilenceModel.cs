namespace EventTriggers.Tests.Model;

/// <summary>
/// Whether the server lets anybody take leases away: it does where a consumer called it within twelve seconds of each other, or ten seconds
/// after one did again.
/// </summary>
internal sealed class SilenceModel
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(12);
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    private DateTimeOffset? _called;
    private DateTimeOffset _quietUntil;

    public void Call(DateTimeOffset now, bool isAnythingLeased)
    {
        if (isAnythingLeased && IsSilent(now))
        {
            _quietUntil = now + Grace;
        }

        _called = now;
    }

    public bool MayReap(DateTimeOffset now) => !IsSilent(now) && now >= _quietUntil;

    private bool IsSilent(DateTimeOffset now) => _called is { } called && now - called > Longest;
}
