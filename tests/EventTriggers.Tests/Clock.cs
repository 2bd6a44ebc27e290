using Microsoft.Extensions.Time.Testing;

namespace EventTriggers.Tests;

/// <summary>Fake clocks for hosts: what hosts must agree on then follows them instead of the server's clock.</summary>
internal static class Clock
{
    public static FakeTimeProvider At2030() => new(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));
}
