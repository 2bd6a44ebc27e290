using System.Text;

namespace EventTriggers.Tool.Parsing;

/// <summary>Reads what a command line gives as JSON, <c>@file</c>, or <c>-</c> for the standard input.</summary>
internal static class PayloadSource
{
    public const string Help = "JSON, @file for a file, or - for the standard input";

    /// <exception cref="ToolException">The file cannot be read.</exception>
    public static async Task<ReadOnlyMemory<byte>> ReadAsync(Terminal terminal, string given, CancellationToken cancellationToken) =>
        given switch
    {
        "-" => Encoding.UTF8.GetBytes(await terminal.In.ReadToEndAsync(cancellationToken)),
        ['@', .. var path] => await ReadFileAsync(path, cancellationToken),
        _ => Encoding.UTF8.GetBytes(given),
    };

    /// <exception cref="ToolException">The file cannot be read.</exception>
    public static async Task<ReadOnlyMemory<byte>> ReadFileAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            var bytes = await File.ReadAllBytesAsync(path, cancellationToken);
            return bytes.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? bytes.AsMemory(Encoding.UTF8.Preamble.Length) : bytes;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new ToolException(ExitCode.Usage, $"The file '{path}' cannot be read: {e.Message}", e);
        }
    }
}
