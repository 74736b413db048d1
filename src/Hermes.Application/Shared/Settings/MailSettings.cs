using System.ComponentModel.DataAnnotations;

namespace Hermes.Application.Shared.Settings;

/// <summary>How e-mail leaves. Without a host, mail is written as files into the data folder's <c>mail</c>.</summary>
[Settings("Hermes:Mail")]
public sealed class MailSettings
{
    /// <summary>The SMTP server; null: files.</summary>
    public string? Host { get; set; }

    /// <summary>Its port.</summary>
    [Range(1, 65535)]
    public int Port { get; set; } = 587;

    /// <summary>Whether the connection is upgraded by STARTTLS.</summary>
    public bool Tls { get; set; } = true;

    /// <summary>User name at the server; null: none is sent.</summary>
    public string? User { get; set; }

    /// <summary>Password at the server.</summary>
    public string? Password { get; set; }

    /// <summary>The sender's address.</summary>
    [EmailAddress(ErrorMessage = "must be an e-mail address")]
    public string From { get; set; } = "hermes@localhost";
}
