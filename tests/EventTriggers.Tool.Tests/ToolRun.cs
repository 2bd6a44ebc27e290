using EventTriggers.Tests;

namespace EventTriggers.Tool.Tests;

/// <summary>Runs the tool in the test's process, through the entry point of its program.</summary>
internal sealed class ToolRun(RedisFixture redis, string? prefix = null)
{
    public string Prefix { get; } = prefix ?? RedisFixture.NewPrefix();

    /// <summary>Gets or sets the input; <see langword="null"/> where there is no terminal to ask at.</summary>
    public string? Answer { get; set; }

    public int Width { get; set; } = int.MaxValue;

    public bool HasColor { get; set; }

    public bool ShowsProgress { get; set; }

    public string Server { get; set; } = redis.HostConnectionString;

    public Task<ToolResult> RunAsync(params string[] args) => RunAsync(args, CancellationToken.None);

    public async Task<ToolResult> RunAsync(
        string[] args, CancellationToken token, StringWriter? output = null, StringWriter? error = null)
    {
        output ??= new StringWriter();
        error ??= new StringWriter();
        var code = await Wait.ForAsync(ToolProgram.RunAsync(args, TerminalOf(output, error), token));

        // Whatever is run, the password is never shown.
        var result = new ToolResult(code, output.ToString().ReplaceLineEndings("\n"), error.ToString().ReplaceLineEndings("\n"));
        result.ToString().Should().NotContain(LeastPrivilege.Password);
        return result;
    }

    private Terminal TerminalOf(TextWriter output, TextWriter error) => new()
    {
        In = new StringReader(Answer ?? string.Empty),
        Out = output,
        Error = error,
        CanAsk = Answer is not null,
        ShowsProgress = ShowsProgress,
        HasColor = HasColor,
        Width = Width,
        Variable = name => name switch
        {
            "ET_REDIS" => Server,
            "ET_PREFIX" => Prefix,
            _ => null,
        },
        User = "ada@desk",
    };
}
