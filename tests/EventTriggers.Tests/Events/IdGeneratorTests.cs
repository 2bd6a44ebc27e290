using System.Collections.Concurrent;
using EventTriggers.Events;

namespace EventTriggers.Tests.Events;

public sealed class IdGeneratorTests
{
    [Fact]
    public void Next_OnManyThreads_NeverMakesTheSame()
    {
        var ids = new ConcurrentDictionary<string, bool>();

        Parallel.For(0, 300_000, _ => ids.TryAdd(IdGenerator.Next(), true).Should().BeTrue());

        ids.Keys.Should().OnlyContain(static id => id.Length == 22 && id.All(char.IsAsciiLetterOrDigit));
    }

    [Fact]
    public void Next_AMillisecondLater_ComesAfterwards()
    {
        var earlier = IdGenerator.Next();
        var started = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        SpinWait.SpinUntil(() => TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() > started);

        var later = IdGenerator.Next();

        string.CompareOrdinal(earlier, later).Should().BeNegative();
    }
}
