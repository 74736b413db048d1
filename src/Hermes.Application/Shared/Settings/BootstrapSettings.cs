using System.ComponentModel.DataAnnotations;

namespace Hermes.Application.Shared.Settings;

/// <summary>The first operator, made at the first start; has no effect once an operator exists.</summary>
[Settings("Hermes:Bootstrap")]
public sealed class BootstrapSettings : IChecksItself
{
    /// <summary>The operator's e-mail address; null: none is made.</summary>
    [EmailAddress(ErrorMessage = "must be an e-mail address")]
    public string? Email { get; set; }

    /// <summary>The operator's password, at least 12 characters.</summary>
    [MinLength(12)]
    public string? Password { get; set; }

    /// <summary>A personal access token (<c>hp_…</c>, at least 32 characters) for the operator, so that a machine can be set up without a browser; null: none.</summary>
    [MinLength(32)]
    [RegularExpression("^hp_[A-Za-z0-9_-]+$", ErrorMessage = "must begin with hp_ and go on with letters, digits, - and _ only")]
    public string? Token { get; set; }

    /// <inheritdoc />
    public IEnumerable<string> Problems()
    {
        if (Email is not null && Password is null)
            yield return "Email is given without Hermes:Bootstrap:Password";
        if (Email is null && (Password ?? Token) is not null)
            yield return "Email must be given with Hermes:Bootstrap:Password and Hermes:Bootstrap:Token";
    }
}
