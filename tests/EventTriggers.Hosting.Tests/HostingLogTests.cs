using EventTriggers.Tests;

namespace EventTriggers.Hosting.Tests;

/// <summary>docs/logs.md has each log event of the hosting package, by its id, with the level and the name that it has.</summary>
public sealed class HostingLogTests
{
    [Fact]
    public void EachLogEvent_HasItsRow() => LogPage.Rows(200, 299).Should().Equal(LogPage.EventsOf(typeof(Log).Assembly));
}
