using EventTriggers.Diagnostics;

namespace EventTriggers.Tests.Diagnostics;

/// <summary>docs/logs.md has each log event once, by its id, with the level and the name that it has.</summary>
public sealed class LogTableTests
{
    // The ids of the other packages begin at 200; each has a test of its own.
    [Fact]
    public void EachLogEvent_HasItsRow_WithItsLevelAndName()
    {
        var events = LogPage.EventsOf(typeof(Log).Assembly);

        events.Should().HaveCountGreaterThan(50);
        LogPage.Rows(0, 199).Should().Equal(events);
    }
}
