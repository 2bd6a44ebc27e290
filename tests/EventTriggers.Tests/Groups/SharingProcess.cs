namespace EventTriggers.Tests.Groups;

/// <summary>A process made by hand: what it was told, and what it runs.</summary>
internal sealed class SharingProcess(string name, int configured)
{
    public string Name => name;

    public int Configured => configured;

    public TimeSpan Lease { get; init; } = SharingScene.Lease;

    // What it was told; null if nothing is set.
    public int? Share { get; set; }

    public bool IsTold { get; set; } = true;

    // How long ago it was told.
    public TimeSpan Silent { get; set; }

    public int Running { get; set; }

    public bool IsStopping { get; set; }

    public int Allowed => !IsTold || IsStopping ? 0 : Share is null ? Configured : Silent > Lease / 2 ? 0 : Share.Value;

    public int Held => Math.Max(Allowed, Running);
}
