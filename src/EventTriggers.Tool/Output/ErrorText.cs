using System.Text.RegularExpressions;

namespace EventTriggers.Tool.Output;

/// <summary>Makes a message fit to be shown: without passwords, and without anything that a terminal acts on.</summary>
internal static partial class ErrorText
{
    private const string Hidden = "***";

    /// <param name="message">The message; its line ends stay.</param>
    /// <param name="secret">The password of the connection; <see langword="null"/> for none.</param>
    public static string Of(string message, string? secret)
    {
        var shown = string.IsNullOrEmpty(secret) ? message : message.Replace(secret, Hidden, StringComparison.Ordinal);
        return string.Join(Environment.NewLine, SafeText.EscapeLines(Password().Replace(shown, $"${{name}}{Hidden}")));
    }

    [GeneratedRegex(
        @"(?<name>\bpassword\s*=\s*)[^,\s'""]+",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Password();
}
