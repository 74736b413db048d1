using System.Linq.Expressions;
using System.Reflection;
using System.Text.Json;
using Hermes.Application;
using Hermes.Domain.Shared;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace Hermes.Infrastructure.Persistence;

/// <summary>What holds for every entity, so that no configuration needs to say it.</summary>
internal static class ModelConventions
{
    private static readonly Assembly[] OwnAssemblies = [typeof(Money).Assembly, typeof(AssemblyMark).Assembly, typeof(ModelConventions).Assembly];

    public static void Configure(ModelConfigurationBuilder builder)
    {
        foreach (var type in OwnAssemblies.SelectMany(a => a.GetTypes()).Where(t => t.IsValueType && !t.IsGenericType))
        {
            if (type.IsEnum)
                builder.Properties(type).HaveConversion(typeof(EnumTextConverter<>).MakeGenericType(type)).HaveMaxLength(40);
            else if (type.GetInterfaces().Any(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IId<>)))
                builder.Properties(type).HaveConversion(typeof(IdConverter<>).MakeGenericType(type));
        }
        builder.Properties<Currency>().HaveConversion<CurrencyConverter>().HaveMaxLength(3).AreFixedLength();
        builder.ComplexProperties<Money>();
        builder.Properties<decimal>().HavePrecision(18, 6);
    }

    public static void ApplyFilters(ModelBuilder builder, HermesDbContext db)
    {
        var rules = typeof(HermesDbContext).Assembly.GetTypes()
            .Where(t => t is { IsAbstract: false, IsInterface: false })
            .SelectMany(t => t.GetInterfaces()
                .Where(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(ITenantFilter<>))
                .Select(i => (Entity: i.GetGenericArguments()[0], Rule: t, Interface: i)))
            .ToDictionary(r => r.Entity);
        foreach (var entity in builder.Model.GetEntityTypes().Where(e => !e.IsOwned()).ToList())
        {
            if (rules.TryGetValue(entity.ClrType, out var rule))
            {
                var instance = Activator.CreateInstance(rule.Rule, nonPublic: true);
                entity.SetQueryFilter((LambdaExpression)rule.Interface.GetMethod("Rule")!.Invoke(instance, [db])!);
            }
            else if (typeof(ITenantOwned).IsAssignableFrom(entity.ClrType))
            {
                entity.SetQueryFilter((LambdaExpression)typeof(ModelConventions)
                    .GetMethod(nameof(OwnRows), BindingFlags.NonPublic | BindingFlags.Static)!
                    .MakeGenericMethod(entity.ClrType).Invoke(null, [db])!);
            }
        }
    }

    public static void Finish(ModelBuilder builder)
    {
        foreach (var entity in builder.Model.GetEntityTypes())
        {
            if (typeof(IVersioned).IsAssignableFrom(entity.ClrType))
                builder.Entity(entity.ClrType).Property(nameof(IVersioned.Version)).IsRowVersion();
            foreach (var key in entity.GetKeys().SelectMany(k => k.Properties).Where(IsIdentifier))
                key.ValueGenerated = ValueGenerated.Never;
            NameColumns(entity);
            foreach (var key in entity.GetKeys())
                key.SetName(Lower(key.GetName()));
            foreach (var foreignKey in entity.GetForeignKeys())
                foreignKey.SetConstraintName(Lower(foreignKey.GetConstraintName()));
            foreach (var index in entity.GetIndexes())
                index.SetDatabaseName(Lower(index.GetDatabaseName()));
        }
    }

    private static bool IsIdentifier(IMutableProperty property) =>
        property.ClrType == typeof(Guid) ||
        property.ClrType.GetInterfaces().Any(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IId<>));

    private static void NameColumns(IMutableTypeBase type, string prefix = "")
    {
        foreach (var property in type.GetProperties())
        {
            if (property.Name == nameof(IVersioned.Version) && property.ClrType == typeof(uint))
                continue;
            property.SetColumnName(prefix + Lower(property.GetColumnName()));
            if (property.ClrType == typeof(string[]))
                property.SetValueComparer(new TextsComparer());
        }
        foreach (var complex in type.GetComplexProperties())
            NameColumns(complex.ComplexType, $"{prefix}{Lower(complex.Name)}_");
    }

    private static string? Lower(string? name) =>
        name is null || name.All(c => !char.IsUpper(c)) ? name : JsonNamingPolicy.SnakeCaseLower.ConvertName(name);

    private static Expression<Func<T, bool>> OwnRows<T>(HermesDbContext db) where T : class, ITenantOwned =>
        row => db.SeesAll || row.TenantId == db.CurrentTenant;

    private sealed class IdConverter<TId>() : ValueConverter<TId, Guid>(id => id.Value, value => Wrap(value)) where TId : struct, IId<TId>
    {
        private static TId Wrap(Guid value) => TId.From(value);
    }

    // The provider's own comparer makes a delegate for each element of each comparison.
    private sealed class TextsComparer() : ValueComparer<string[]>((a, b) => Same(a, b), texts => Hash(texts), texts => Copy(texts))
    {
        private static bool Same(string[]? a, string[]? b) => a is null ? b is null : b is not null && a.AsSpan().SequenceEqual(b);

        private static int Hash(string[] texts) => texts.Length == 0 ? 0 : HashCode.Combine(texts.Length, texts[0]);

        private static string[] Copy(string[] texts) => [.. texts];
    }

    private sealed class CurrencyConverter() : ValueConverter<Currency, string>(c => c.Code, code => Currency.Parse(code));

    private sealed class EnumTextConverter<T>() : ValueConverter<T, string>(value => ToText(value), text => FromText(text)) where T : struct, Enum
    {
        private static readonly Dictionary<T, string> Texts =
            Enum.GetValues<T>().ToDictionary(v => v, v => JsonNamingPolicy.SnakeCaseLower.ConvertName(v.ToString()));

        private static readonly Dictionary<string, T> Values = Texts.ToDictionary(p => p.Value, p => p.Key, StringComparer.Ordinal);

        private static string ToText(T value) => Texts[value];

        private static T FromText(string text) => Values[text];
    }
}
