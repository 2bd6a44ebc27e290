using System.CommandLine;
using System.Net;
using EventTriggers.Tool.Parsing;
using StackExchange.Redis;

namespace EventTriggers.Tool.Connecting;

/// <summary>The options that say which bus is meant; every command has them.</summary>
internal sealed class ConnectionOptions
{
    public const string ServerVariable = "ET_REDIS";
    public const string PrefixVariable = "ET_PREFIX";

    private const string DefaultServer = "localhost:6379";
    private const string DefaultPrefix = "et";

    private readonly Terminal _terminal;

    private readonly Option<string?> _server = Options.Text(
        "--redis", "configuration",
        $"The server, as StackExchange.Redis takes it: host:port,user=…,password=…. Default: the variable {ServerVariable}, or "
        + $"{DefaultServer}.");

    private readonly Option<string?> _prefix = Options.Text(
        "--prefix", "prefix", $"The key prefix of the bus. Default: the variable {PrefixVariable}, or {DefaultPrefix}.");

    private readonly Option<int?> _partitions = Options.Number(
        "--partitions", 1, 1024,
        "The number of partitions. Default: what the bus was made with. Needed only by what makes a new bus; another number is refused.");

    private readonly Option<TimeSpan?> _timeout = Options.Length(
        "--timeout", "For how long each call to Redis is repeated while it fails. Default: 10s.");

    public ConnectionOptions(Terminal terminal)
    {
        _terminal = terminal;
        foreach (var option in All)
        {
            option.Recursive = true;
        }
    }

    public IReadOnlyList<Option> All => [_server, _prefix, _partitions, _timeout];

    /// <exception cref="ToolException">The server cannot be read.</exception>
    public BusSettings Read(ParseResult parsed) => new()
    {
        Server = Parse(ServerOf(parsed)) ?? throw new ToolException(
            ExitCode.Usage,
            "--redis must be a configuration of StackExchange.Redis, such as host:6379,user=app,password=…,ssl=true. "
            + "The given value is not: addresses with :// or @, and passwords with a comma, are not allowed. It is not shown, because it "
            + "may hold a password."),
        Prefix = parsed.GetValue(_prefix) ?? NonEmpty(_terminal.Variable(PrefixVariable)) ?? DefaultPrefix,
        Partitions = parsed.GetValue(_partitions),
        Timeout = parsed.GetValue(_timeout) ?? TimeSpan.FromSeconds(10),
    };

    /// <summary>Gets the password that no message may show.</summary>
    public string? SecretOf(ParseResult parsed) => Parse(ServerOf(parsed))?.Password;

    private string ServerOf(ParseResult parsed) =>
        parsed.GetValue(_server) ?? NonEmpty(_terminal.Variable(ServerVariable)) ?? DefaultServer;

    // What the client says of it may quote it.
    private static ConfigurationOptions? Parse(string server)
    {
        try
        {
            return !EndsAPasswordEarly(server) && ConfigurationOptions.Parse(server) is { EndPoints.Count: > 0 } options
                && options.EndPoints.All(IsHost) ? options : null;
        }
        catch (Exception e) when (e is ArgumentException or FormatException or OverflowException)
        {
            return null;
        }
    }

    // The client takes an address such as redis://user:password@host for the name of a host, which is shown.
    private static bool IsHost(EndPoint address) => address is not DnsEndPoint { Host: var host } || host.AsSpan().IndexOfAny('/', '@') < 0;

    // The same with what stands behind a comma in a password.
    private static bool EndsAPasswordEarly(string server)
    {
        var parts = server.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return parts.Zip(parts.Skip(1)).Any(static pair =>
            pair.First.StartsWith("password", StringComparison.OrdinalIgnoreCase) && !pair.Second.Contains('=', StringComparison.Ordinal));
    }

    private static string? NonEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
