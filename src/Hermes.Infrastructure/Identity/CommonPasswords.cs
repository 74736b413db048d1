using System.Collections.Frozen;
using Hermes.Application.Identity;

namespace Hermes.Infrastructure.Identity;

/// <summary>
/// A small built-in list: long passwords that people take when twelve characters are asked for, in the spelling that is left
/// when case, digits' look-alikes and trailing digits and signs are taken away.
/// </summary>
internal sealed class CommonPasswords : IBreachedPasswords
{
    private static readonly FrozenSet<string> Bases = new[]
    {
        "password", "passwordpassword", "passwort", "passwortpasswort", "motdepasse", "contrasena", "kennwort", "mypassword", "thepassword", "newpassword",
        "yourpassword", "secretpassword", "passwordsecret", "changeme", "changemenow", "pleasechangeme", "letmein", "letmeinnow", "letmeinplease", "welcome",
        "welcomeback", "welcomehome", "iloveyou", "iloveyoubaby", "iloveyouforever", "qwerty", "qwertyuiop", "qwertyuiopasdf", "qwertyuiopasdfghjkl",
        "qwertz", "qwertzuiop", "qwertyqwerty", "azerty", "azertyuiop", "asdfghjkl", "asdfghjklqwerty", "zxcvbnm", "zxcvbnmasdfghjkl", "qazwsxedc", "qazwsxedcrfv",
        "adminadmin", "adminadminadmin", "administrator", "administratoradmin", "adminpassword", "rootroot", "rootpassword", "superuser", "superman", "supermansuperman",
        "batmanbatman", "dragondragon", "monkeymonkey", "footballfootball", "baseballbaseball", "basketball", "sunshine", "sunshinesunshine", "princess",
        "princessprincess", "whatever", "whateverwhatever", "trustnoone", "trustno", "starwars", "starwarsstarwars", "michaeljackson", "manchesterunited",
        "liverpoolfc", "computer", "computercomputer", "internet", "internetinternet", "freedom", "freedomfreedom", "masterkey", "mastermaster", "shadowshadow",
        "correcthorsebatterystaple", "correcthorse", "abcdefghijkl", "abcdefghijklmnop", "abcabcabcabc", "loveyouforever", "ihateyou", "fuckyou", "fuckyoufuckyou",
        "testtesttest", "testpassword", "testing", "testtest", "demodemo", "demopassword", "defaultpassword", "temppassword", "temporarypassword", "summer", "winter",
        "spring", "autumn", "hermes", "hermeshermes", "hermespassword", "hermesadmin", "secret", "secretsecret", "topsecret", "guestguest", "useruser", "userpassword",
        "login", "loginlogin", "access", "accessgranted", "helloworld", "hellohello", "hello", "goodmorning", "nothing", "opensesame",
    }.ToFrozenSet(StringComparer.Ordinal);

    public Task<bool> ContainsAsync(string password, CancellationToken cancellationToken) => Task.FromResult(IsCommon(password));

    internal static bool IsCommon(string password)
    {
        var lower = password.ToLowerInvariant();
        var letters = lower.TrimEnd([.. "0123456789!?.,;:*#$%&@_-+= "]).TrimStart([.. "0123456789!?.,;:*#$%&@_-+= "]);
        return letters.Length <= 2 || Bases.Contains(lower) || Bases.Contains(letters) || Bases.Contains(Plain(letters)) || Bases.Contains(Plain(letters).Replace(" ", "", StringComparison.Ordinal));
    }

    private static string Plain(string text) => string.Create(text.Length, text, static (span, source) =>
    {
        for (var i = 0; i < span.Length; i++)
            span[i] = source[i] switch { '0' => 'o', '1' => 'i', '3' => 'e', '4' or '@' => 'a', '5' or '$' => 's', '7' => 't', var c => c };
    });
}
