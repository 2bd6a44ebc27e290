using System.Text.Json;

namespace EventTriggers.Tool.Tests;

/// <summary>What a run of the tool answered.</summary>
internal sealed record ToolResult(int ExitCode, string Output, string Error)
{
    /// <summary>Gets the output as JSON, read by a reader that is not the tool's.</summary>
    public JsonElement Json => JsonDocument.Parse(Output).RootElement;

    public override string ToString() => $"exit code {ExitCode}\n{Output}\n{Error}";
}
