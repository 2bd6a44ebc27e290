using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace EventTriggers.Testing;

/// <summary>A server in a process of its own, on loopback and a free port, with a folder that goes with it.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private const int Tries = 5;
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);

    private readonly string _program;
    private readonly string[] _arguments;
    private Process _process;
    private bool _isDisposed;

    private ServerProcess(string program, Func<int, string, string[]> arguments)
    {
        Port = FreePort();
        Folder = Directory.CreateTempSubdirectory("eventtriggers-").FullName;
        _program = program;
        _arguments = arguments(Port, Folder);
        _process = Start();
        AppDomain.CurrentDomain.ProcessExit += OnProcessExit;
    }

    public int Port { get; }

    /// <summary>Gets the folder in which it keeps what it keeps.</summary>
    public string Folder { get; }

    /// <summary>Gets its process id; another one after a restart.</summary>
    public int Id => _process.Id;

    public string ConnectionString => $"127.0.0.1:{Port}";

    /// <summary>Starts a program and waits until it answers. A port that somebody else was faster to take costs one try.</summary>
    public static async Task<ServerProcess> StartAsync(
        string program, Func<int, string, string[]> arguments, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var server = new ServerProcess(program, arguments);
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

    /// <summary>Kills it, without a chance to save or to say goodbye.</summary>
    public async Task KillAsync()
    {
        Kill();
        await _process.WaitForExitAsync().ConfigureAwait(false);
    }

    /// <summary>Starts it again, on the same port and in the same folder.</summary>
    public async Task RestartAsync(CancellationToken cancellationToken = default)
    {
        await KillAsync().ConfigureAwait(false);
        _process.Dispose();
        _process = Start();
        if (!await AnswersAsync(cancellationToken).ConfigureAwait(false))
        {
            throw new ServerNotFoundException($"{_program} did not come back on port {Port}.");
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        AppDomain.CurrentDomain.ProcessExit -= OnProcessExit;
        await KillAsync().ConfigureAwait(false);
        _process.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    /// <summary>Gets a port of loopback that is free now.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private Process Start()
    {
        var process = Process.Start(new ProcessStartInfo(_program, _arguments)
        {
            WorkingDirectory = Folder,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;

        // Nobody reads it, but a full pipe would stop the server.
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private async Task<bool> AnswersAsync(CancellationToken cancellationToken)
    {
        var started = Stopwatch.StartNew();
        while (!_process.HasExited && started.Elapsed < StartLimit)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (await PingAsync(cancellationToken).ConfigureAwait(false))
            {
                // Another server that got the port first would answer as well.
                return !_process.HasExited;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, cancellationToken).ConfigureAwait(false);
        }

        return false;
    }

    // Not through a client: what is asked for is whether the server answers, whatever kind of server it is.
    private async Task<bool> PingAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, Port, cancellationToken).ConfigureAwait(false);
            var stream = client.GetStream();
            await stream.WriteAsync("*1\r\n$4\r\nPING\r\n"u8.ToArray(), cancellationToken).ConfigureAwait(false);
            var reply = new byte[5];
            await stream.ReadExactlyAsync(reply, cancellationToken).ConfigureAwait(false);
            return reply.AsSpan().SequenceEqual("+PONG"u8);
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            return false;
        }
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
