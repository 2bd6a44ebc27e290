using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;

namespace EventTriggers.Faults;

/// <summary>What the proxy does to the next message that holds the given bytes.</summary>
public enum Fault
{
    /// <summary>The request never reaches the server, and the connection is cut.</summary>
    EatRequest,

    /// <summary>The server runs the request; its reply never comes, and the connection is cut.</summary>
    EatReply,

    /// <summary>The connection is cut in the middle of the reply.</summary>
    CutReply,

    /// <summary>The request is held back for a while, then goes on.</summary>
    Delay,

    /// <summary>The request is held back for ever; the connection stays open.</summary>
    HoldRequest,

    /// <summary>The server runs the request, and the reply is held back for ever; the connection stays open.</summary>
    HoldReply,
}

/// <summary>A TCP proxy in front of a server, on loopback and a free port, that can lose, cut and delay what passes.</summary>
public sealed class FaultProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private IPEndPoint _server;
    private CancellationTokenSource _open = new();
    private readonly Lock _lock = new();
    private readonly List<Task> _connections = [];
    private readonly Task _accepting;
    private Armed? _armed;
    private volatile bool _isBlackhole;
    private volatile bool _isDeaf;
    private long _latency;

    public FaultProxy(string server)
    {
        _server = IPEndPoint.Parse(server);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public string ConnectionString => _listener.LocalEndpoint.ToString()!;

    /// <summary>
    /// Gets or sets a value indicating whether everything that comes is swallowed while connections stay open, as behind a router that is
    /// gone. What was open then stays dead afterwards; connections that are made later work.
    /// </summary>
    public bool IsBlackhole
    {
        get => _isBlackhole;
        set => _isBlackhole = value;
    }

    /// <summary>
    /// Gets or sets a value indicating whether requests arrive and replies are swallowed while connections stay open. What was open then
    /// hears nothing afterwards either.
    /// </summary>
    public bool IsDeaf
    {
        get => _isDeaf;
        set => _isDeaf = value;
    }

    /// <summary>Gets or sets how long everything takes on its way, in each direction.</summary>
    public TimeSpan Latency
    {
        get => TimeSpan.FromTicks(Volatile.Read(ref _latency));
        set => Volatile.Write(ref _latency, value.Ticks);
    }

    /// <summary>Resets every connection.</summary>
    public Task ResetAsync() => RetargetAsync(_server.ToString());

    /// <summary>Arms one fault: it strikes the next request that holds the bytes, once.</summary>
    /// <returns>A task that completes when it has struck.</returns>
    public Task ArmAsync(Fault fault, ReadOnlyMemory<byte> bytes)
    {
        var armed = new Armed(fault, bytes, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        lock (_lock)
        {
            _armed = armed;
        }

        return armed.Struck.Task;
    }

    /// <summary>Cuts every connection, and sends those that follow to another server.</summary>
    public async Task RetargetAsync(string server)
    {
        CancellationTokenSource cut;
        lock (_lock)
        {
            _server = IPEndPoint.Parse(server);
            (cut, _open) = (_open, new CancellationTokenSource());
        }

        await cut.CancelAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        Task[] connections;
        lock (_lock)
        {
            connections = [.. _connections];
        }

        await Task.WhenAll(connections);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                lock (_lock)
                {
                    _connections.Add(ServeAsync(client, _server, _open.Token));
                }
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException)
            {
                return;
            }
        }
    }

    private async Task ServeAsync(TcpClient client, IPEndPoint target, CancellationToken open)
    {
        using var cut = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token, open);
        using (client)
        using (var server = new TcpClient())
        {
            Connection? connection = null;
            try
            {
                client.NoDelay = server.NoDelay = true;
                await server.ConnectAsync(target, cut.Token);
                connection = new Connection(client.GetStream(), server.GetStream(), cut);
                await Task.WhenAny(UpAsync(connection), DownAsync(connection));
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException)
            {
                // The server is gone: so is the connection.
            }
            finally
            {
                // A reset, not an orderly end: what is under way is lost.
                client.LingerState = new LingerOption(true, 0);
                await cut.CancelAsync();

                // A client that gives a connection up before the fault is complete has no reply either: the fault has struck.
                connection?.Taken?.Struck.TrySetResult();
            }
        }
    }

    private async Task UpAsync(Connection connection)
    {
        var buffer = new byte[256 * 1024];
        try
        {
            int read;
            while ((read = await connection.Client.ReadAsync(buffer, connection.Cut.Token)) > 0)
            {
                var armed = Take(buffer.AsSpan(0, read));
                connection.Taken ??= armed;
                if (armed?.Fault is Fault.EatRequest or Fault.HoldRequest)
                {
                    armed.Struck.TrySetResult();
                    await HoldAsync(armed.Fault == Fault.HoldRequest, connection);
                    return;
                }

                if (armed?.Fault == Fault.Delay)
                {
                    await Task.Delay(250, connection.Cut.Token);
                    armed.Struck.TrySetResult();
                }
                else if (armed is not null)
                {
                    await StrikeAsync(connection, armed, buffer, read);
                    return;
                }

                await PassAsync(connection);
                await connection.Server.WriteAsync(buffer.AsMemory(0, read), connection.Cut.Token);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // Either side has ended it.
        }
    }

    // Sends a request whose reply is not to come, and nothing behind it. Replies to what was sent earlier may still come: the answer to a
    // question of the proxy's own tells that the server has run the request, too. It has to stand between two requests, and what was read
    // may end within one.
    private async Task StrikeAsync(Connection connection, Armed armed, byte[] buffer, int read)
    {
        int end;
        while ((end = EndOfRequest(buffer.AsSpan(0, read), armed.Bytes.Span)) < 0)
        {
            var more = await connection.Client.ReadAsync(buffer.AsMemory(read), connection.Cut.Token);
            if (more == 0)
            {
                return;
            }

            read += more;
        }

        connection.Condemned = armed;
        await PassAsync(connection);
        await connection.Server.WriteAsync(buffer.AsMemory(0, end), connection.Cut.Token);
        await connection.Server.WriteAsync(connection.Question, connection.Cut.Token);
        await HoldAsync(hold: true, connection);
    }

    // Where the request that holds the bytes ends: "*count", and for each value "$length" and so many bytes, in lines. -1 when some of it
    // is still to come.
    private static int EndOfRequest(ReadOnlySpan<byte> read, ReadOnlySpan<byte> bytes)
    {
        var at = BeginningOfRequest(read, read.IndexOf(bytes));
        var left = NumberAt(read, ref at);
        for (; left > 0 && at >= 0; left--)
        {
            var length = NumberAt(read, ref at);
            at = at < 0 || at + length + 2 > read.Length ? -1 : at + length + 2;
        }

        return at;
    }

    // Where the request begins in whose middle a place is. A value may hold a "*" of its own: a request begins where a line does.
    private static int BeginningOfRequest(ReadOnlySpan<byte> read, int at)
    {
        do
        {
            at = read[..at].LastIndexOf("*"u8);
        }
        while (at > 0 && !(read[..at].EndsWith("\r\n"u8) && IsNumber(read[(at + 1)..])));

        return at;
    }

    private static bool IsNumber(ReadOnlySpan<byte> rest) =>
        rest.IndexOf("\r\n"u8) is > 0 and var length && rest[..length].IndexOfAnyExceptInRange((byte)'0', (byte)'9') < 0;

    // The number of the line that begins with a sign; then where the next line begins, or -1 when the line is not whole.
    private static int NumberAt(ReadOnlySpan<byte> read, ref int at)
    {
        var line = read[at..];
        if (line.IndexOf("\r\n"u8) is not (>= 0 and var length))
        {
            at = -1;
            return 0;
        }

        at += length + 2;
        return int.Parse(line[1..length], CultureInfo.InvariantCulture);
    }

    private async Task DownAsync(Connection connection)
    {
        var (buffer, held) = (new byte[256 * 1024], new List<byte>());
        try
        {
            int read;
            while ((read = await connection.Server.ReadAsync(buffer, connection.Cut.Token)) > 0)
            {
                if (connection.Condemned is { } armed)
                {
                    held.AddRange(buffer.AsSpan(0, read));
                    if (connection.AnswerIn(held) is not (>= 0 and var replies))
                    {
                        continue;
                    }

                    if (armed.Fault == Fault.CutReply)
                    {
                        await connection.Client.WriteAsync(held.ToArray().AsMemory(0, replies / 2), connection.Cut.Token);
                    }

                    armed.Struck.TrySetResult();
                    await HoldAsync(armed.Fault == Fault.HoldReply, connection);
                    return;
                }

                await PassAsync(connection);
                await HoldAsync(_isDeaf, connection);
                await connection.Client.WriteAsync(buffer.AsMemory(0, read), connection.Cut.Token);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // Either side has ended it.
        }
    }

    private static Task HoldAsync(bool hold, Connection connection) =>
        hold ? Task.Delay(Timeout.Infinite, connection.Cut.Token) : Task.CompletedTask;

    private async Task PassAsync(Connection connection)
    {
        await HoldAsync(_isBlackhole, connection);
        if (Latency > TimeSpan.Zero)
        {
            await Task.Delay(Latency, connection.Cut.Token);
        }
    }

    private Armed? Take(ReadOnlySpan<byte> request)
    {
        lock (_lock)
        {
            if (_armed is not { } armed || request.IndexOf(armed.Bytes.Span) < 0)
            {
                return null;
            }

            _armed = null;
            return armed;
        }
    }

    private sealed record Armed(Fault Fault, ReadOnlyMemory<byte> Bytes, TaskCompletionSource Struck);

    private sealed class Connection(NetworkStream client, NetworkStream server, CancellationTokenSource cut)
    {
        private readonly byte[] _marker = Encoding.ASCII.GetBytes($"{Guid.NewGuid():N}");
        private volatile Armed? _condemned;

        /// <summary>Gets or sets the fault that a request of this connection has met.</summary>
        public Armed? Taken { get; set; }

        /// <summary>Gets a request of the proxy's own.</summary>
        public byte[] Question => [.. "*2\r\n$4\r\nECHO\r\n$32\r\n"u8, .. _marker, .. "\r\n"u8];

        public NetworkStream Client => client;

        public NetworkStream Server => server;

        public CancellationTokenSource Cut => cut;

        /// <summary>Where in what the server has said the answer to that stands; -1 while it has not come.</summary>
        public int AnswerIn(List<byte> said) => CollectionsMarshal.AsSpan(said).IndexOf(_marker);

        public Armed? Condemned
        {
            get => _condemned;
            set => _condemned = value;
        }
    }
}
