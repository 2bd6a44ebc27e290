using EventTriggers.Tests;

namespace EventTriggers.Faults;

/// <summary>The checker sees what it is there to see.</summary>
public sealed class HistoryCheckTests
{
    private static readonly Publication[] Published = [new("a", 100, IsAccepted: true), new("b", 100, IsAccepted: false)];

    public static TheoryData<string, string> Histories => new()
    {
        { "started a 1 100;handled a 1 101;settled a 0 102", "lost 0, phantom 0, early 0, run twice 0, resurrected 0, double-settled 0" },
        { "started a 1 100", "lost 1, phantom 0, early 0, run twice 0, resurrected 0, double-settled 0" },
        { "started a 1 99;handled a 1 101", "lost 0, phantom 0, early 1, run twice 0, resurrected 0, double-settled 0" },
        { "started a 1 100;handled a 1 101;started x 1 100", "lost 0, phantom 1, early 0, run twice 0, resurrected 0, double-settled 0" },
        { "started a 1 100;handled a 1 101;started a 2 102;handled a 2 103;settled a 0 104",
            "lost 0, phantom 0, early 0, run twice 1, resurrected 0, double-settled 0" },
        { "started a 1 100;handled a 1 101;settled a 0 102;started a 2 110",
            "lost 0, phantom 0, early 0, run twice 0, resurrected 1, double-settled 0" },
        { "started a 1 100;handled a 1 101;settled a 0 102;settled a 0 103",
            "lost 0, phantom 0, early 0, run twice 0, resurrected 0, double-settled 1" },
    };

    [Theory]
    [MemberData(nameof(Histories))]
    public void EachFault_IsCounted(string history, string expected) =>
        new HistoryCheck(Published, [.. history.Split(';').Select(WorkerProcess.Entry.Parse)]).ToString().Should().Be(expected);
}
