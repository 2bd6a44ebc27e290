using System.Text.RegularExpressions;
using EventTriggers.Diagnostics;
using EventTriggers.Redis;
using StackExchange.Redis;

namespace EventTriggers.Tests.Diagnostics;

/// <summary>What exceptions say is asked for in one way, which none of them can break.</summary>
public sealed partial class FailuresTests
{
    [Fact]
    public void Message_IsReadInOnePlaceOnly()
    {
        var root = Path.Combine(Checkout.Root, "src", "EventTriggers");
        var readers = Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories)
            .Where(
                static file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .Where(static file => Message().IsMatch(File.ReadAllText(file))).Select(Path.GetFileName);

        // A doorbell's is what a channel carries.
        readers.Should().BeEquivalentTo("Failures.cs", "WakeListener.cs");
    }

    [Fact]
    public async Task Retry_AfterAFailureWhoseMessageThrows_TellsAndGoesOn()
    {
        var (log, calls) = (new LogLines(), 0);
        var patience = new RedisRetry(TimeProvider.System, logger: GuardedLogger.Wrap(log.CreateLogger("test")));

        var result = await patience.RunAsync(
            "try", TimeSpan.FromMinutes(1), () => ++calls < 3 ? throw new Mute() : ValueTask.FromResult(calls));
        var refused = async () => await patience.RunAsync("try", TimeSpan.Zero, () => ValueTask.FromException<int>(new Mute()));

        result.Should().Be(3);
        log.Texts.Should()
            .ContainSingle(
                static text => text.StartsWith(
                    "Redis does not answer: could not try yet ((its message cannot be read: ", StringComparison.Ordinal));
        (await refused.Should().ThrowAsync<StoreUnavailableException>()).WithMessage("*its message cannot be read*");
    }

    [GeneratedRegex(@"\.Message\b")]
    private static partial Regex Message();

    private sealed class Mute() : RedisException("x")
    {
        public override string Message => throw new InvalidOperationException("no message");
    }
}
