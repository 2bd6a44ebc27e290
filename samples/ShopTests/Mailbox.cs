namespace ShopTests;

/// <summary>Keeps the mails that a test sends.</summary>
public sealed class Mailbox : IMailer
{
    public List<string> Sent { get; } = [];

    /// <summary>Gets or sets the number of mails that are refused next.</summary>
    public int Refusals { get; set; }

    public Task SendAsync(string text, CancellationToken cancellationToken)
    {
        if (Refusals-- > 0)
        {
            throw new IOException("The mail server is busy.");
        }

        Sent.Add(text);
        return Task.CompletedTask;
    }
}
