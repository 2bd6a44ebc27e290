using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using StackExchange.Redis;

namespace EventTriggers.Testing;

/// <summary>A server in a process of its own, on loopback and a free port, with a folder that goes with it.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private const int Tries = 5;
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);

    private readonly Process _process;
    private readonly string _folder;

    private ServerProcess(Process process, string folder, int port)
    {
        _process = process;
        _folder = folder;
        ConnectionString = $"127.0.0.1:{port}";
        AppDomain.CurrentDomain.ProcessExit += OnProcessExit;
    }

    public string ConnectionString { get; }

    /// <summary>Starts a program and waits until it answers. A port that somebody else was faster to take costs one try.</summary>
    public static async Task<ServerProcess> StartAsync(
        string program, Func<int, string, string[]> arguments, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var server = Start(program, arguments);
            if (await server.AnswersAsync(cancellationToken).ConfigureAwait(false))
            {
                return server;
            }

            await server.DisposeAsync().ConfigureAwait(false);
            if (attempt == Tries)
            {
                throw new ServerNotFoundException($"{program} was started {Tries} times and never answered.");
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        AppDomain.CurrentDomain.ProcessExit -= OnProcessExit;
        Kill();
        await _process.WaitForExitAsync().ConfigureAwait(false);
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static ServerProcess Start(string program, Func<int, string, string[]> arguments)
    {
        var port = FreePort();
        var folder = Directory.CreateTempSubdirectory("eventtriggers-").FullName;
        var start = new ProcessStartInfo(program, arguments(port, folder))
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var process = Process.Start(start)!;

        // Nobody reads it, but a full pipe would stop the server.
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return new ServerProcess(process, folder, port);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private async Task<bool> AnswersAsync(CancellationToken cancellationToken)
    {
        var started = Stopwatch.StartNew();
        while (!_process.HasExited && started.Elapsed < StartLimit)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                var connection = await ConnectionMultiplexer.ConnectAsync(ConnectionString).ConfigureAwait(false);
                await using (connection.ConfigureAwait(false))
                {
                    await connection.GetDatabase().PingAsync().ConfigureAwait(false);

                    // Another server that got the port first would answer as well.
                    return !_process.HasExited;
                }
            }
            catch (RedisException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, cancellationToken).ConfigureAwait(false);
            }
        }

        return false;
    }

    private void OnProcessExit(object? sender, EventArgs e) => Kill();

    private void Kill()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }
    }
}
