using System.IO.Pipes;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace EventTriggers.Tool;

/// <summary>What a command reads and writes, and what it knows of its surroundings.</summary>
internal sealed class Terminal
{
    private const int NarrowestTable = 40;
    private const int StandardOutput = 1;

    public required TextReader In { get; init; }

    public required TextWriter Out { get; init; }

    public required TextWriter Error { get; init; }

    /// <summary>Gets a value indicating whether someone can answer a question.</summary>
    public required bool CanAsk { get; init; }

    /// <summary>Gets a value indicating whether progress is shown on the standard error.</summary>
    public required bool ShowsProgress { get; init; }

    public required bool HasColor { get; init; }

    /// <summary>Gets the width in columns; unlimited where the output goes to a file or another program.</summary>
    public required int Width { get; init; }

    public required Func<string, string?> Variable { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Gets who uses the tool, as pauses, operations and the audit list name them.</summary>
    public string User { get; init; } = $"{Environment.UserName}@{Environment.MachineName}";

    public static Terminal OfProcess()
    {
        if (!OperatingSystem.IsWindows() || Console.IsOutputRedirected)
        {
            Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        }

        return new Terminal
        {
            In = Console.In,
            Out = PipeOfProcess() ?? Console.Out,
            Error = Console.Error,
            CanAsk = !Console.IsInputRedirected && !Console.IsErrorRedirected,
            ShowsProgress = !Console.IsErrorRedirected && !IsDumb,
            HasColor = !Console.IsOutputRedirected && !IsDumb && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")),
            Width = Console.IsOutputRedirected ? int.MaxValue : Math.Max(NarrowestTable, Console.WindowWidth),
            Variable = Environment.GetEnvironmentVariable,
        };
    }

    // The console goes on in silence where the reader of a pipe has gone: what follows events would never end. A pipe itself fails.
    private static StreamWriter? PipeOfProcess()
    {
        if (OperatingSystem.IsWindows() || !Console.IsOutputRedirected)
        {
            return null;
        }

        try
        {
            var pipe = new AnonymousPipeClientStream(PipeDirection.Out, new SafePipeHandle(StandardOutput, ownsHandle: false));
            return new StreamWriter(pipe, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { AutoFlush = true };
        }
        catch (IOException)
        {
            // It is a file.
            return null;
        }
    }

    private static bool IsDumb => Environment.GetEnvironmentVariable("TERM") == "dumb";
}
