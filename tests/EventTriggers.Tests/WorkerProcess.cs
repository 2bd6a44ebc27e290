using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace EventTriggers.Tests;

/// <summary>A host in a process of its own, or some of them, which can be killed and stopped; each writes what happens to a file.</summary>
internal sealed class WorkerProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _errors = new();
    private readonly string[] _histories;

    /// <param name="connection">How it connects.</param>
    /// <param name="prefix">The key prefix.</param>
    /// <param name="settings">Further arguments, name=value; heap=MB is the most managed memory that it gets.</param>
    public WorkerProcess(string connection, string prefix, params string[] settings)
        : this([ArgumentsOf(connection, prefix, settings)])
    {
    }

    /// <param name="hosts">The arguments of each host, see <see cref="ArgumentsOf"/>.</param>
    public WorkerProcess(IReadOnlyList<string[]> hosts)
    {
        _histories = [.. hosts.Select(static _ => Path.GetTempFileName())];
        var program = Path.Combine(AppContext.BaseDirectory, "EventTriggers.Worker.dll");
        var arguments = hosts.SelectMany(
            (host, i) => (string[])[.. i > 0 ? ["--and"] : Array.Empty<string>(), .. host, $"history={_histories[i]}"]);
        var start = new ProcessStartInfo("dotnet", [program, .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardError = true,
        };

        // Starting is most of what it does.
        start.Environment["DOTNET_TieredPGO"] = "0";
        start.Environment["DOTNET_gcServer"] = "0";
        if (hosts[0].FirstOrDefault(static setting => setting.StartsWith("heap=", StringComparison.Ordinal)) is { } heap)
        {
            start.Environment["DOTNET_GCHeapHardLimit"] = $"0x{int.Parse(heap.AsSpan(5), CultureInfo.InvariantCulture) * 1024L * 1024:x}";
        }

        _process = Process.Start(start)!;

        _process.ErrorDataReceived += (_, line) => _errors.Enqueue(line.Data ?? string.Empty);
        _process.BeginErrorReadLine();
    }

    public WorkerProcess(RedisFixture redis, string prefix, TimeSpan lease, TimeSpan work, bool stubborn = false)
        : this(
            redis.HostConnectionString, prefix, $"lease={lease.TotalMilliseconds}", $"work={work.TotalMilliseconds}",
            $"stubborn={(stubborn ? 1 : 0)}")
    {
    }

    /// <summary>Gets what it has written so far.</summary>
    public IReadOnlyList<Entry> History => HistoryOf(0);

    /// <summary>Gets what it has complained about.</summary>
    public string Errors => string.Join('\n', _errors);

    public bool HasExited => _process.HasExited;

    public int ExitCode => _process.ExitCode;

    /// <summary>The arguments of a host.</summary>
    public static string[] ArgumentsOf(string connection, string prefix, params string[] settings) =>
        [$"connection={connection}", $"prefix={prefix}", .. settings];

    /// <summary>What one of its hosts has written so far.</summary>
    public IReadOnlyList<Entry> HistoryOf(int host) => [.. Lines(_histories[host]).Select(Entry.Parse)];

    public bool Says(string what) => History.Any(entry => entry.What == what);

    public async Task ReadyAsync() => await Wait.UntilAsync(() => Says("ready"), "the worker is ready");

    public Task KillAsync() => SignalAsync("KILL");

    public Task StopAsync() => SignalAsync("STOP");

    public Task ContinueAsync() => SignalAsync("CONT");

    public Task TerminateAsync() => SignalAsync("TERM");

    public async Task EndedAsync(TimeSpan? within = null) => await Wait.ForAsync(_process.WaitForExitAsync(), within);

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
        foreach (var history in _histories)
        {
            File.Delete(history);
        }
    }

    private Task SignalAsync(string signal)
    {
        _process.HasExited.Should().BeFalse($"it should run, but said: {Errors}");
        return Signals.SendAsync(_process.Id, signal);
    }

    private static string[] Lines(string history)
    {
        using var stream = new FileStream(history, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(stream);
        var text = reader.ReadToEnd();

        // The last line may be half written.
        return text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>One line of a history.</summary>
    public sealed record Entry(string What, string Id, long Number, long AtMs)
    {
        public static Entry Parse(string line) =>
            line.Split(' ') is [var what, var id, var number, var at]
                ? new Entry(what, id, long.Parse(number, CultureInfo.InvariantCulture), long.Parse(at, CultureInfo.InvariantCulture))
                : throw new FormatException(line);
    }
}
