using EventTriggers.Tests;

namespace EventTriggers.Dashboard.Tests;

/// <summary>docs/logs.md has each log event of the dashboard, by its id, with the level and the name that it has.</summary>
public sealed class DashboardLogTests
{
    [Fact]
    public void EachLogEvent_HasItsRow() => LogPage.Rows(300, 399).Should().Equal(LogPage.EventsOf(typeof(Log).Assembly));
}
