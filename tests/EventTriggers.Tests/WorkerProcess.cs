using System.Diagnostics;
using System.Globalization;

namespace EventTriggers.Tests;

/// <summary>A consumer in a process of its own, which can be killed and stopped; it writes what happens to a file.</summary>
internal sealed class WorkerProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly string _history = Path.GetTempFileName();

    public WorkerProcess(RedisFixture redis, string prefix, TimeSpan lease, TimeSpan work, bool stubborn = false)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "EventTriggers.Worker.dll");
        _process = Process.Start(new ProcessStartInfo("dotnet",
        [
            program, redis.HostConnectionString, prefix, _history,
            ((int)lease.TotalMilliseconds).ToString(CultureInfo.InvariantCulture), ((int)work.TotalMilliseconds).ToString(CultureInfo.InvariantCulture), .. stubborn ? ["stubborn"] : Array.Empty<string>(),
        ])
        {
            UseShellExecute = false,
        })!;
    }

    /// <summary>Gets what it has written so far.</summary>
    public IReadOnlyList<Entry> History => [.. Lines().Select(Entry.Parse)];

    public bool HasExited => _process.HasExited;

    public int ExitCode => _process.ExitCode;

    public async Task ReadyAsync() => await Wait.UntilAsync(() => History.Any(entry => entry.What == "ready"), "the worker is ready");

    public Task KillAsync() => SignalAsync("KILL");

    public Task StopAsync() => SignalAsync("STOP");

    public Task ContinueAsync() => SignalAsync("CONT");

    public Task TerminateAsync() => SignalAsync("TERM");

    public async Task EndedAsync() => await Wait.ForAsync(_process.WaitForExitAsync());

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
        File.Delete(_history);
    }

    private async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
        kill.ExitCode.Should().Be(0);
    }

    private string[] Lines()
    {
        using var stream = new FileStream(_history, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(stream);
        var text = reader.ReadToEnd();

        // The last line may be half written.
        return text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    public sealed record Entry(string What, EventId Id, int Attempt)
    {
        public static Entry Parse(string line) =>
            line.Split(' ') is [var what, var id, var attempt]
                ? new Entry(what, new EventId(id), int.Parse(attempt, CultureInfo.InvariantCulture))
                : throw new FormatException(line);
    }
}
