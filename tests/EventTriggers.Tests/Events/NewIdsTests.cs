using System.Collections.Concurrent;

namespace EventTriggers.Tests.Events;

public sealed class NewIdsTests
{
    [Fact]
    public void Next_OnManyThreads_NeverMakesTheSame()
    {
        var ids = new ConcurrentDictionary<string, bool>();

        Parallel.For(0, 300_000, _ => ids.TryAdd(NewIds.Next(), true).Should().BeTrue());

        ids.Keys.Should().OnlyContain(static id => id.Length == 22 && id.All(char.IsAsciiLetterOrDigit));
    }

    [Fact]
    public void Next_AMillisecondLater_ComesAfterwards()
    {
        var earlier = NewIds.Next();
        var started = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        SpinWait.SpinUntil(() => TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() > started);

        var later = NewIds.Next();

        string.CompareOrdinal(earlier, later).Should().BeNegative();
    }
}
